import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { humanSize } from '../../format/units.js';
import { define } from '../define.js';
import { confirm } from '../shared/confirm.js';
import { filterFlag, parseFilters } from '../shared/filters.js';

const ofAnonymous =
  'WARNING! This will remove anonymous local volumes not used by at least one container.';
const ofAll = 'WARNING! This will remove all local volumes not used by at least one container.';

const { short: _, ...longFilter } = filterFlag;

export default define({
  path: ['volume', 'prune'],
  summary: 'Remove unused local volumes',
  flags: defineFlags({
    all: {
      type: 'bool',
      short: 'a',
      description: 'Remove all unused volumes, not just anonymous ones',
    },
    filter: { ...longFilter, description: 'Provide filter values (e.g. "label=<label>")' },
    force: { type: 'bool', short: 'f', description: 'Do not prompt for confirmation' },
  }),
  args: [],
  examples: [
    { text: 'Those without a name', command: 'wharf volume prune -f' },
    { text: 'Those with a label too', command: 'wharf volume prune -af --filter label=scratch' },
  ],
  async run(context, { all, filter, force }, _args, { signal }) {
    const filters = parseFilters(filter);
    if (all && filters.has('all')) {
      throw argumentError('conflicting options: cannot specify both --all and --filter all=1');
    }
    const warning = all || filters.has('all') ? ofAll : ofAnonymous;
    if (!force) await confirm(context.io, warning, 'volume prune', { signal });
    const { volumes } = await context.engine();
    const options = { signal, filters, ...(all ? { all } : {}) };
    const { removed, reclaimed } = await volumes.prune(options);
    const { stdout } = context.io;
    if (removed.length > 0) stdout.write(`Deleted Volumes:\n${removed.join('\n')}\n\n`);
    stdout.write(`Total reclaimed space: ${humanSize(reclaimed)}\n`);
  },
});
