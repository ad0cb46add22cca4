import { defineFlags } from '../../argv/flags.js';
import { readClientConfig } from '../../client-config.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { filterFlag, parseFilters } from '../shared/filters.js';
import { formatFlag } from '../shared/format-flag.js';
import { containerHeaders, containerRow } from './row.js';

const columns =
  '{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}';

export default define({
  path: ['container', 'ls'],
  aliases: [['container', 'list'], ['container', 'ps'], ['ps']],
  summary: 'List containers',
  flags: defineFlags({
    all: {
      type: 'bool',
      short: 'a',
      description: 'Show all containers (default shows just running)',
    },
    filter: filterFlag,
    format: formatFlag,
    last: {
      type: 'int',
      short: 'n',
      default: -1,
      description: 'Show n last created containers (includes all states)',
    },
    latest: {
      type: 'bool',
      short: 'l',
      description: 'Show the latest created container (includes all states)',
    },
    'no-trunc': { type: 'bool', description: "Don't truncate output" },
    quiet: { type: 'bool', short: 'q', description: 'Only display container IDs' },
    size: { type: 'bool', short: 's', description: 'Display total file sizes' },
  }),
  args: [],
  examples: [
    { text: 'Also those that do not run', command: 'wharf ps -a' },
    {
      text: 'Names and states of some of them',
      command: "wharf ps -a --filter label=app=shop --format '{{.Names}}: {{.State}}'",
    },
  ],
  async run(context, flags, _args, { signal, given }) {
    const { containers } = await context.engine();
    const { quiet } = flags;
    const config =
      given.has('format') || quiet ? {} : await readClientConfig(context.configDirectory);
    const format = flags.format === '' ? (config.psFormat ?? '') : flags.format;
    const limit = flags.latest && flags.last === -1 ? 1 : Math.max(0, flags.last);
    const size = flags.size || /\.Size\b/.test(format);
    const filters = parseFilters(flags.filter);
    const all = flags.all || limit > 0;
    const list = await containers.list({ signal, all, limit, size, filters });
    const options = { now: context.io.now(), truncate: !flags.noTrunc };
    context.io.stdout.write(
      formatRows({
        format: quiet && (format === '' || format === 'table') ? '{{.ID}}' : format,
        defaultTable: flags.size ? `${columns}\t{{.Size}}` : columns,
        headers: containerHeaders,
        typeName: '*formatter.ContainerContext',
        rows: list.map((container) => containerRow(container, options)),
      }),
    );
  },
});
