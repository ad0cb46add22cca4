import { defineFlags } from '../../argv/flags.js';
import { readClientConfig } from '../../client-config.js';
import { compareNatural } from '../../format/natural.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { filterFlag, parseFilters } from '../shared/filters.js';
import { formatFlag } from '../shared/format-flag.js';
import { volumeHeaders, volumeRow } from './row.js';

const columns = '{{.Driver}}\t{{.Name}}';

export default define({
  path: ['volume', 'ls'],
  aliases: [['volume', 'list']],
  summary: 'List volumes',
  flags: defineFlags({
    filter: { ...filterFlag, description: 'Provide filter values (e.g. "dangling=true")' },
    format: formatFlag,
    quiet: { type: 'bool', short: 'q', description: 'Only display volume names' },
    size: { type: 'bool', short: 's', description: 'Count what each holds' },
  }),
  args: [],
  examples: [
    { text: 'Those that no container mounts', command: 'wharf volume ls -f dangling=true' },
    { text: 'How much each holds', command: 'wharf volume ls -s' },
  ],
  async run(context, { filter, format: given, quiet, size: sized }, _args, { signal }) {
    const { volumes } = await context.engine();
    const config = given === '' && !quiet ? await readClientConfig(context.configDirectory) : {};
    const format = given === '' ? (config.volumesFormat ?? '') : given;
    const size = sized || /\.(Size|Links)\b/.test(format);
    const found = await volumes.list({
      signal,
      filters: parseFilters(filter),
      ...(size ? { size } : {}),
    });
    const sorted = [...found].sort((left, right) => compareNatural(left.name, right.name));
    context.io.stdout.write(
      formatRows({
        format: quiet && (format === '' || format === 'table') ? '{{.Name}}' : format,
        defaultTable: sized ? `${columns}\t{{.Links}}\t{{.Size}}` : columns,
        headers: volumeHeaders,
        typeName: '*formatter.volumeContext',
        rows: sorted.map(volumeRow),
      }),
    );
  },
});
