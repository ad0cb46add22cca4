import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { confirm } from '../shared/confirm.js';
import { filterFlag, parseFilters } from '../shared/filters.js';

const warning = 'WARNING! This will remove all custom networks not used by at least one container.';

const { short: _, ...longFilter } = filterFlag;

export default define({
  path: ['network', 'prune'],
  summary: 'Remove all unused networks',
  flags: defineFlags({
    filter: { ...longFilter, description: 'Provide filter values (e.g. "until=<timestamp>")' },
    force: { type: 'bool', short: 'f', description: 'Do not prompt for confirmation' },
  }),
  args: [],
  examples: [
    { text: 'Those older than a day', command: 'wharf network prune -f --filter until=24h' },
  ],
  async run(context, { filter, force }, _args, { signal }) {
    if (!force) await confirm(context.io, warning, 'network prune', { signal });
    const { networks } = await context.engine();
    const { removed } = await networks.prune({ signal, filters: parseFilters(filter) });
    if (removed.length > 0) {
      context.io.stdout.write(`Deleted Networks:\n${removed.join('\n')}\n\n`);
    }
  },
});
