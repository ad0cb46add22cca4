import type { PruneCacheOptions } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { humanSize } from '../../format/units.js';
import { define } from '../define.js';
import { buildsOf } from '../image-build/builds-of.js';
import { confirm } from '../shared/confirm.js';
import { filterFlag, parseFilters } from '../shared/filters.js';

const ofUnused = 'WARNING! This will remove all dangling build cache.';
const ofAll = 'WARNING! This will remove all build cache.';

const { short: _, ...longFilter } = filterFlag;

export default define({
  path: ['builder', 'prune'],
  summary: 'Remove build cache',
  flags: defineFlags({
    all: {
      type: 'bool',
      short: 'a',
      description: 'Remove all unused build cache, not just dangling ones',
    },
    filter: { ...longFilter, description: 'Provide filter values (e.g. "until=24h")' },
    force: { type: 'bool', short: 'f', description: 'Do not prompt for confirmation' },
    'keep-storage': {
      type: 'bytes',
      description: 'Amount of disk space to keep for cache',
      deprecated: 'use --reserved-space instead',
    },
    'max-used-space': {
      type: 'bytes',
      description: 'Maximum amount of disk space allowed to keep for cache',
    },
    'min-free-space': {
      type: 'bytes',
      description: 'Target amount of free disk space after pruning',
    },
    'reserved-space': {
      type: 'bytes',
      description: 'Amount of disk space always allowed to keep for cache',
    },
  }),
  args: [],
  examples: [
    {
      text: 'What no build has used for a week',
      command: 'wharf builder prune --filter until=168h',
    },
    { text: 'All but ten gigabytes', command: 'wharf builder prune -af --max-used-space 10g' },
  ],
  async run(context, flags, _args, { signal }) {
    const { all, force, filter } = flags;
    const filters = parseFilters(filter);
    if (!force) await confirm(context.io, all ? ofAll : ofUnused, 'builder prune', { signal });
    const options: PruneCacheOptions = {
      signal,
      filters,
      ...(all ? { all } : {}),
      ...bytes('reservedSpace', flags.reservedSpace ?? flags.keepStorage),
      ...bytes('maxUsedSpace', flags.maxUsedSpace),
      ...bytes('minFreeSpace', flags.minFreeSpace),
    };
    const builds = await buildsOf(context);
    const { removed, reclaimed } = await builds.prune(options);
    const { stdout } = context.io;
    if (removed.length > 0) stdout.write(`Deleted build cache objects:\n${removed.join('\n')}\n\n`);
    stdout.write(`Total reclaimed space: ${humanSize(reclaimed)}\n`);
  },
});

function bytes<Name extends string>(
  name: Name,
  value: number | undefined,
): { readonly [Key in Name]?: bigint } {
  const option = value === undefined || value < 0 ? {} : { [name]: BigInt(value) };
  return option as { readonly [Key in Name]?: bigint };
}
