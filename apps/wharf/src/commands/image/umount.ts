import { shortId, type ImageMount } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';
import { platformFlag, platformOption } from '../shared/platforms.js';

export default define({
  path: ['image', 'umount'],
  aliases: [['image', 'unmount']],
  summary: 'Unmount the root filesystem of images',
  usage: '[OPTIONS] [IMAGE...]',
  flags: defineFlags({
    all: { type: 'bool', short: 'a', description: 'Unmount all images' },
    force: {
      type: 'bool',
      short: 'f',
      description: 'Unmount however often it was mounted',
    },
    platform: platformFlag('Unmount this platform'),
  }),
  args: [{ name: 'IMAGE', optional: true, multiple: true, complete: 'image' }],
  examples: [
    { text: 'The last of as many as there were mounts', command: 'wharf image umount debian' },
  ],
  async run(context, { all, force, platform }, names, { signal }) {
    if (all === names.length > 0) throw argumentError('name images to unmount, or all by --all');
    const { images } = await context.engine();
    const options = {
      signal,
      ...platformOption(platform),
      ...(force || all ? { force: true } : {}),
    };
    const mounted = all ? await images.mounts({ signal }) : [];
    const shown = new Map(mounted.map((mount) => [mount.manifestDigest, nameOf(mount)]));
    return forEach(context, all ? [...shown.keys()] : names, async (name) => {
      await images.unmount(name, options);
      return shown.get(name) ?? name;
    });
  },
});

function nameOf({ reference, imageId }: ImageMount): string {
  return reference === '' ? shortId(imageId) : reference;
}
