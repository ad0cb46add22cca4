import type { CallOptions, Images, RemovedImage } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';
import { platformsFlag, splitPlatforms } from '../shared/platforms.js';

export default define({
  path: ['image', 'rm'],
  aliases: [['image', 'remove'], ['rmi']],
  summary: 'Remove one or more images',
  flags: defineFlags({
    force: { type: 'bool', short: 'f', description: 'Force removal of the image' },
    'no-prune': { type: 'bool', description: 'Do not delete untagged parents' },
    platform: platformsFlag('Remove only the given platform variant'),
  }),
  args: [{ name: 'IMAGE', multiple: true, complete: 'image' }],
  examples: [
    { text: 'One name of it; the last name takes the image along', command: 'wharf rmi app:old' },
    { text: 'One platform of several', command: 'wharf rmi --platform linux/arm64 app:1' },
  ],
  async run(context, { force, noPrune, platform }, names, { signal }) {
    const { images } = await context.engine();
    const platforms = splitPlatforms(platform);
    return forEach(context, names, async (name) => {
      const { untagged, deleted } = await remove(images, name, {
        signal,
        force,
        platforms,
        ...(noPrune ? { noPrune } : {}),
      });
      const lines = [
        ...untagged.map((tag) => `Untagged: ${tag}`),
        ...deleted.map((id) => `Deleted: ${id}`),
      ];
      return lines.length === 0 ? undefined : lines.join('\n');
    });
  },
});

interface RemoveOptions extends CallOptions {
  readonly force: boolean;
  readonly noPrune?: boolean;
  /** None is all of the image. */
  readonly platforms: readonly string[];
}

async function remove(
  images: Images,
  name: string,
  { platforms, ...options }: RemoveOptions,
): Promise<RemovedImage> {
  if (platforms.length === 0) return images.remove(name, options);
  const removed: { readonly untagged: string[]; readonly deleted: string[] } = {
    untagged: [],
    deleted: [],
  };
  for (const platform of platforms) {
    const { untagged, deleted } = await images.remove(name, { ...options, platform });
    removed.untagged.push(...untagged);
    removed.deleted.push(...deleted);
  }
  return removed;
}
