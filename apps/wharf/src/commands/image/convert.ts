import { DataLossError } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { compressionFlag, compressionOf } from '../shared/compression.js';
import { platformFlag, platformOption } from '../shared/platforms.js';

export default define({
  path: ['image', 'convert'],
  summary: 'Make an image anew with other compression of its layers',
  description:
    'Make an image anew, in OCI media types and with layers compressed as told. Its files and its config stay ' +
    'the same; its digests do not.',
  usage: '[OPTIONS] SOURCE_IMAGE TARGET_IMAGE[:TAG]',
  flags: defineFlags({
    compression: { ...compressionFlag, default: 'zstd' },
    platform: platformFlag('Convert this platform alone'),
    quiet: { type: 'bool', short: 'q', description: 'Only print the image ID' },
  }),
  args: [
    { name: 'SOURCE_IMAGE', complete: 'image' },
    { name: 'TARGET_IMAGE', complete: 'image' },
  ],
  examples: [
    { text: 'Layers that unpack quicker', command: 'wharf image convert app:1 app:1-zstd' },
    {
      text: 'Layers that any engine reads',
      command: 'wharf image convert --compression gzip app:1-zstd app:1-gzip',
    },
  ],
  async run(context, { compression, platform, quiet }, [source = '', target = ''], { signal }) {
    const { images } = await context.engine();
    const chosen = compressionOf(compression) ?? 'zstd';
    const options = { signal, ...platformOption(platform), compression: chosen };
    for await (const frame of images.convert(source, target, options)) {
      if (frame.kind === 'done') return context.io.stdout.write(`${frame.imageId}\n`);
      if (!quiet) context.io.stderr.write(`${frame.message}\n`);
    }
    throw new DataLossError(`the daemon ended before ${target} was made, try it again`);
  },
});
