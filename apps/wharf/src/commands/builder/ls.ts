import { defineFlags } from '../../argv/flags.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { buildsOf } from '../image-build/builds-of.js';
import { filterFlag, parseFilters } from '../shared/filters.js';
import { formatFlag } from '../shared/format-flag.js';
import { buildHeaders, buildRow } from './build-row.js';

const { short: _, ...longFilter } = filterFlag;

export default define({
  path: ['builder', 'ls'],
  aliases: [
    ['builder', 'list'],
    ['builder', 'history', 'ls'],
  ],
  summary: 'List builds, the latest first',
  flags: defineFlags({
    filter: { ...longFilter, description: 'Provide filter values (e.g. "status=failed")' },
    format: formatFlag,
    quiet: { type: 'bool', short: 'q', description: 'Only display build IDs' },
  }),
  args: [],
  examples: [
    { text: 'What was built', command: 'wharf builder ls' },
    { text: 'Why the last ones failed', command: "wharf builder ls --format '{{.ID}} {{.Error}}'" },
  ],
  async run(context, { filter, format, quiet }, _args, { signal }) {
    const builds = await buildsOf(context);
    const records = await builds.list({ signal, filters: parseFilters(filter) });
    const now = context.io.now();
    context.io.stdout.write(
      formatRows({
        format: quiet && (format === '' || format === 'table') ? '{{.ID}}' : format,
        defaultTable: '{{.ID}}\t{{.Name}}\t{{.Status}}\t{{.CreatedSince}}\t{{.Duration}}',
        headers: buildHeaders,
        typeName: '*formatter.buildContext',
        rows: records.map((record) => buildRow(record, now)),
      }),
    );
  },
});
