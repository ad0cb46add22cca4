import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { inspectImage } from '../inspect/image.js';
import { printObjects } from '../inspect/print.js';
import { inspectFormatFlag } from '../shared/format-flag.js';
import { platformFlag, platformOption } from '../shared/platforms.js';

export default define({
  path: ['image', 'inspect'],
  summary: 'Display detailed information on one or more images',
  flags: defineFlags({
    format: inspectFormatFlag,
    platform: platformFlag('Inspect a specific platform of the multi-platform image'),
  }),
  args: [{ name: 'IMAGE', multiple: true, complete: 'image' }],
  examples: [
    { text: 'What it runs', command: "wharf image inspect -f '{{json .Config.Cmd}}' debian" },
  ],
  async run(context, { format, platform }, names, { signal }) {
    const { images } = await context.engine();
    return printObjects(context, names, format, async (name) =>
      inspectImage(await images.get(name, { signal, ...platformOption(platform) })),
    );
  },
});
