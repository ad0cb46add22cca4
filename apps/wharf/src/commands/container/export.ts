import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { sendTo } from '../shared/output-file.js';

export default define({
  path: ['container', 'export'],
  aliases: [['export']],
  summary: "Export a container's filesystem as a tar archive",
  flags: defineFlags({
    output: {
      type: 'string',
      short: 'o',
      default: '',
      description: 'Write to a file, instead of STDOUT',
      complete: 'file',
    },
  }),
  args: [{ name: 'CONTAINER', complete: 'container' }],
  examples: [
    { text: 'To a file', command: 'wharf export -o web.tar web' },
    { text: 'Into a directory', command: 'wharf export web | tar -x -C rootfs' },
  ],
  async run(context, { output }, [container = ''], { signal }) {
    const { containers } = await context.engine();
    const files = () => containers.exportFiles(container, { signal });
    await sendTo(context.io, output, files, { signal });
  },
});
