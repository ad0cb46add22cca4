import { shortId } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';
import { formatFlag } from '../shared/format-flag.js';
import { platformFlag, platformOption } from '../shared/platforms.js';

export default define({
  path: ['image', 'mount'],
  summary: 'Mount the root filesystem of images, or list those that are mounted',
  description:
    'Mount the root filesystem of images read-only on the host of the daemon and print where. Without an image ' +
    'list what is mounted.',
  usage: '[OPTIONS] [IMAGE...]',
  flags: defineFlags({
    format: formatFlag,
    platform: platformFlag('Mount this platform'),
  }),
  args: [{ name: 'IMAGE', optional: true, multiple: true, complete: 'image' }],
  examples: [
    { text: 'Look into an image', command: 'ls "$(wharf image mount debian)"/etc' },
    { text: 'What is mounted', command: 'wharf image mount' },
  ],
  async run(context, { format, platform }, names, { signal }) {
    const { images } = await context.engine();
    if (names.length > 0) {
      return forEach(context, names, async (name) => {
        const { path } = await images.mount(name, { signal, ...platformOption(platform) });
        return path;
      });
    }
    const mounts = await images.mounts({ signal });
    context.io.stdout.write(
      formatRows({
        format,
        defaultTable: '{{.Repository}}\t{{.ID}}\t{{.Count}}\t{{.Path}}',
        headers: { Repository: 'IMAGE', ID: 'IMAGE ID', Count: 'MOUNTS', Path: 'MOUNT POINT' },
        typeName: '*formatter.imageMountContext',
        rows: mounts.map(({ reference, imageId, count, path }) => ({
          Count: count,
          ID: shortId(imageId),
          Path: path,
          Repository: reference === '' ? '<none>' : reference,
        })),
      }),
    );
  },
});
