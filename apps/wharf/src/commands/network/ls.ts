import { defineFlags } from '../../argv/flags.js';
import { readClientConfig } from '../../client-config.js';
import { compareNatural } from '../../format/natural.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { filterFlag, parseFilters } from '../shared/filters.js';
import { formatFlag } from '../shared/format-flag.js';
import { networkHeaders, networkRow } from './row.js';

export default define({
  path: ['network', 'ls'],
  aliases: [['network', 'list']],
  summary: 'List networks',
  flags: defineFlags({
    filter: { ...filterFlag, description: 'Provide filter values (e.g. "driver=bridge")' },
    format: formatFlag,
    'no-trunc': { type: 'bool', description: 'Do not truncate the output' },
    quiet: { type: 'bool', short: 'q', description: 'Only display network IDs' },
  }),
  args: [],
  examples: [
    { text: 'Those that nothing is connected to', command: 'wharf network ls -f dangling=true' },
    {
      text: 'Names with a label of theirs',
      command: `wharf network ls --format '{{.Name}} {{.Label "com.example.team"}}'`,
    },
  ],
  async run(context, { filter, format: given, noTrunc, quiet }, _args, { signal }) {
    const { networks } = await context.engine();
    const config = given === '' && !quiet ? await readClientConfig(context.configDirectory) : {};
    const format = given === '' ? (config.networksFormat ?? '') : given;
    const found = await networks.list({ signal, filters: parseFilters(filter) });
    const sorted = [...found].sort((left, right) =>
      compareNatural(left.spec.name, right.spec.name),
    );
    context.io.stdout.write(
      formatRows({
        format: quiet && (format === '' || format === 'table') ? '{{.ID}}' : format,
        defaultTable: '{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}',
        headers: networkHeaders,
        typeName: '*formatter.networkContext',
        rows: sorted.map((network) => networkRow(network, !noTrunc)),
      }),
    );
  },
});
