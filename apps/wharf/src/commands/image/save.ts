import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { compressionFlag, compressionOf } from '../shared/compression.js';
import { sendTo } from '../shared/output-file.js';
import { platformsFlag, splitPlatforms } from '../shared/platforms.js';

export default define({
  path: ['image', 'save'],
  aliases: [['save']],
  summary: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  description:
    'Save one or more images to a tar archive (streamed to STDOUT by default). The archive is an OCI image ' +
    'layout and what docker load reads at once; the same images give the same bytes.',
  flags: defineFlags({
    compression: compressionFlag,
    output: {
      type: 'string',
      short: 'o',
      default: '',
      description: 'Write to a file, instead of STDOUT',
      complete: 'file',
    },
    platform: platformsFlag('Save only the given platform variants'),
  }),
  args: [{ name: 'IMAGE', multiple: true, complete: 'image' }],
  examples: [
    { text: 'To a file', command: 'wharf save -o app.tar app:1 debian:12' },
    { text: 'To another engine', command: 'wharf save app:1 | docker load' },
  ],
  async run(context, { output, platform, compression }, names, { signal }) {
    const { images } = await context.engine();
    const chosen = compressionOf(compression);
    const platforms = splitPlatforms(platform);
    const save = () =>
      images.save(names, {
        signal,
        ...(platforms.length === 0 ? {} : { platforms }),
        ...(chosen === undefined ? {} : { compression: chosen }),
      });
    await sendTo(context.io, output, save, { signal });
  },
});
