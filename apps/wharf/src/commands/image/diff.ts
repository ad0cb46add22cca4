import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { printChanges } from '../shared/file-changes.js';
import { formatFlag } from '../shared/format-flag.js';
import { platformFlag, platformOption } from '../shared/platforms.js';

export default define({
  path: ['image', 'diff'],
  summary: 'Show which files differ between two images',
  description:
    'Show which files differ between two images: A for those that the second alone has, D for those that it ' +
    'lacks, C for those that differ in content, owner, mode or kind.',
  flags: defineFlags({
    format: formatFlag,
    platform: platformFlag('Compare this platform of both'),
  }),
  args: [
    { name: 'FROM', complete: 'image' },
    { name: 'TO', complete: 'image' },
  ],
  examples: [
    { text: 'What an update has changed', command: 'wharf image diff app:1 app:2' },
    {
      text: 'As JSON, a line each',
      command: 'wharf image diff --format json debian:12 debian:13',
    },
  ],
  async run(context, { format, platform }, [from = '', to = ''], { signal }) {
    const { images } = await context.engine();
    const batches = images.diff(from, to, { signal, ...platformOption(platform) });
    await printChanges(context.io, format, batches);
  },
});
