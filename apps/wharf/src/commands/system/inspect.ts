import { isWharfError, NotFoundError, type CallOptions, type Engine } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { define } from '../define.js';
import { inspectContainer } from '../inspect/container.js';
import { inspectImage } from '../inspect/image.js';
import { inspectNetwork } from '../inspect/network.js';
import { printObjects } from '../inspect/print.js';
import { inspectVolume } from '../inspect/volume.js';
import { inspectFormatFlag } from '../shared/format-flag.js';

type Getter = (
  engine: Engine,
  name: string,
  options: CallOptions & { readonly size: boolean },
) => Promise<object>;

/** In the order in which a name without --type is looked for. */
const getters: ReadonlyMap<string, Getter> = new Map<string, Getter>([
  [
    'container',
    async (engine, name, options) => inspectContainer(await engine.containers.get(name, options)),
  ],
  ['image', async (engine, name, options) => inspectImage(await engine.images.get(name, options))],
  [
    'network',
    async (engine, name, { signal }) => inspectNetwork(await engine.networks.get(name, { signal })),
  ],
  [
    'volume',
    async (engine, name, { signal }) => inspectVolume(await engine.volumes.get(name, { signal })),
  ],
]);

export default define({
  path: ['inspect'],
  summary: 'Return low-level information on Wharf objects',
  flags: defineFlags({
    format: inspectFormatFlag,
    size: {
      type: 'bool',
      short: 's',
      description: 'Display total file sizes if the type is container',
    },
    type: {
      type: 'string',
      description: 'Only inspect objects of the given type',
      values: [...getters.keys()],
    },
  }),
  args: [{ name: 'NAME|ID', multiple: true, complete: 'container' }],
  examples: [
    { text: 'A container, or an image of that name', command: 'wharf inspect web' },
    { text: 'One value', command: "wharf inspect -f '{{.State.ExitCode}}' job" },
  ],
  async run(context, { format, size, type }, names, { signal }) {
    const chosen = type === undefined ? [...getters.values()] : [getters.get(type)];
    if (chosen[0] === undefined) {
      const known = [...getters.keys()].join(', ');
      throw argumentError(`unknown type: ${JSON.stringify(type)}: must be one of ${known}`);
    }
    const engine = await context.engine();
    return printObjects(context, names, format, async (name) => {
      for (const get of chosen) {
        try {
          return await (get as Getter)(engine, name, { signal, size });
        } catch (thrown) {
          if (!isWharfError(thrown) || thrown.code !== 'not-found') throw thrown;
        }
      }
      throw new NotFoundError(type ?? 'object', name);
    });
  },
});
