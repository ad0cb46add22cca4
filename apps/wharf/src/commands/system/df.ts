import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { formatFlag } from '../shared/format-flag.js';
import { usageRows } from './usage-rows.js';
import { usageDetails } from './usage-details.js';

export default define({
  path: ['system', 'df'],
  summary: 'Show disk usage of the daemon',
  flags: defineFlags({
    format: formatFlag,
    verbose: { type: 'bool', short: 'v', description: 'Show detailed information on space usage' },
  }),
  args: [],
  examples: [
    { text: 'What takes the space', command: 'wharf system df' },
    { text: 'Each image, with what it shares with others', command: 'wharf system df -v' },
  ],
  async run(context, { format, verbose }, _args, { signal }) {
    if (verbose && format !== '') {
      throw argumentError('the verbose and format options are mutually exclusive');
    }
    const { system, builds } = await context.engine();
    const usage = await system.diskUsage({ signal });
    if (verbose) return context.io.stdout.write(usageDetails(usage, context.io.now()));
    const cache = await builds.cache({ signal });
    context.io.stdout.write(
      formatRows({
        format,
        defaultTable: '{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}',
        headers: {
          Type: 'TYPE',
          TotalCount: 'TOTAL',
          Active: 'ACTIVE',
          Size: 'SIZE',
          Reclaimable: 'RECLAIMABLE',
        },
        typeName: '*formatter.diskUsageContext',
        rows: usageRows(usage, cache),
      }),
    );
  },
});
