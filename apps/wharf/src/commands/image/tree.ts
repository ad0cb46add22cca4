import type { CallOptions, Image, Images } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { platformFlag, platformOption } from '../shared/platforms.js';
import { drawLayers, layerForest, type LayeredImage } from './layer-forest.js';

/** Histories that are asked for at a time. */
const atOnce = 8;

export default define({
  path: ['image', 'tree'],
  summary: 'Show which layers images are made of and which they share',
  usage: '[OPTIONS] [IMAGE...]',
  flags: defineFlags({
    'no-trunc': { type: 'bool', description: "Don't truncate output" },
    platform: platformFlag('Show the layers of this platform'),
  }),
  args: [{ name: 'IMAGE', optional: true, multiple: true, complete: 'image' }],
  examples: [
    { text: 'All images on the layers that they have in common', command: 'wharf image tree' },
    { text: 'One image', command: 'wharf image tree app:1' },
  ],
  async run(context, { noTrunc, platform }, names, { signal }) {
    const { images } = await context.engine();
    const options = { signal, ...platformOption(platform) };
    const list =
      names.length > 0
        ? await Promise.all(names.map((name) => images.get(name, options)))
        : await images.list({ signal });
    const layered: LayeredImage[] = [];
    for (let at = 0; at < list.length; at += atOnce) {
      const some = list.slice(at, at + atOnce);
      layered.push(...(await Promise.all(some.map((image) => withLayers(images, image, options)))));
    }
    context.io.stdout.write(drawLayers(layerForest(layered), { truncate: !noTrunc }));
  },
});

/** Sizes of layers are in the history, the newest first; steps that made none have no row among the layers. */
async function withLayers(
  images: Images,
  image: Image,
  options: CallOptions & { readonly platform?: string },
): Promise<LayeredImage> {
  const rows = await images.history(image.manifestDigest, options);
  const made = rows.filter(({ emptyLayer }) => !emptyLayer).reverse();
  const layers = image.diffIds.map((diffId, at) => ({
    diffId,
    size: made[at]?.size ?? 0,
    createdBy: made[at]?.createdBy ?? '',
  }));
  return { id: image.id, names: image.repoTags, size: image.size, layers };
}
