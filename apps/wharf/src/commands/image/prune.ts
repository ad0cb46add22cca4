import { defineFlags } from '../../argv/flags.js';
import { humanSize } from '../../format/units.js';
import { define } from '../define.js';
import { confirm } from '../shared/confirm.js';
import { filterFlag, parseFilters } from '../shared/filters.js';

const ofAll =
  'WARNING! This will remove all images without at least one container associated to them.';
const ofDangling = 'WARNING! This will remove all dangling images.';

const { short: _, ...longFilter } = filterFlag;

export default define({
  path: ['image', 'prune'],
  summary: 'Remove unused images',
  flags: defineFlags({
    all: {
      type: 'bool',
      short: 'a',
      description: 'Remove all unused images, not just dangling ones',
    },
    filter: { ...longFilter, description: 'Provide filter values (e.g. "until=<timestamp>")' },
    force: { type: 'bool', short: 'f', description: 'Do not prompt for confirmation' },
  }),
  args: [],
  examples: [
    { text: 'What has lost its name', command: 'wharf image prune' },
    {
      text: 'All that nothing uses and is older than a week',
      command: 'wharf image prune -af --filter until=168h',
    },
  ],
  async run(context, { all, filter, force }, _args, { signal }) {
    if (!force) await confirm(context.io, all ? ofAll : ofDangling, 'image prune', { signal });
    const { images } = await context.engine();
    const filters = parseFilters(filter);
    const { untagged, deleted, reclaimed } = await images.prune({
      signal,
      ...(all ? { all } : {}),
      filters,
    });
    const lines = [
      ...untagged.map((name) => `untagged: ${name}`),
      ...deleted.map((id) => `deleted: ${id}`),
    ];
    const { stdout } = context.io;
    if (lines.length > 0) stdout.write(`Deleted Images:\n${lines.join('\n')}\n\n`);
    stdout.write(`Total reclaimed space: ${humanSize(reclaimed)}\n`);
  },
});
