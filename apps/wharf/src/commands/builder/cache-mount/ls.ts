import type { CacheMount } from '@wharf/core';
import { defineFlags } from '../../../argv/flags.js';
import { formatRows } from '../../../format/table.js';
import { agoText } from '../../../format/status.js';
import { humanSize } from '../../../format/units.js';
import { define } from '../../define.js';
import { buildsOf } from '../../image-build/builds-of.js';
import { formatFlag } from '../../shared/format-flag.js';

export default define({
  path: ['builder', 'cache-mount', 'ls'],
  aliases: [['builder', 'cache-mount', 'list']],
  summary: 'List what RUN --mount=type=cache has kept',
  flags: defineFlags({
    format: formatFlag,
    quiet: { type: 'bool', short: 'q', description: 'Only display IDs' },
  }),
  args: [],
  examples: [{ text: 'Each with its size', command: 'wharf builder cache-mount ls' }],
  async run(context, { format, quiet }, _args, { signal }) {
    const builds = await buildsOf(context);
    const mounts = await builds.cacheMounts({ signal });
    const now = context.io.now();
    context.io.stdout.write(
      formatRows({
        format: quiet && (format === '' || format === 'table') ? '{{.ID}}' : format,
        defaultTable: '{{.ID}}\t{{.Size}}\t{{.InUse}}\t{{.LastUsedSince}}',
        headers: {
          CreatedAt: 'CREATED AT',
          ID: 'ID',
          InUse: 'IN USE',
          LastUsedAt: 'LAST USED AT',
          LastUsedSince: 'LAST USED',
          Size: 'SIZE',
        },
        typeName: '*formatter.cacheMountContext',
        rows: mounts.map((mount) => row(mount, now)),
      }),
    );
  },
});

function row({ id, createdAt, lastUsedAt, size, inUse }: CacheMount, now: Date): object {
  return {
    CreatedAt: createdAt.toISOString(),
    ID: id,
    InUse: String(inUse),
    LastUsedAt: lastUsedAt.toISOString(),
    LastUsedSince: () => agoText(lastUsedAt, now),
    Size: humanSize(size),
  };
}
