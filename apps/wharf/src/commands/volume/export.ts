import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { sendTo } from '../shared/output-file.js';

export default define({
  path: ['volume', 'export'],
  summary: 'Export the content of a volume as a tar archive',
  flags: defineFlags({
    output: {
      type: 'string',
      short: 'o',
      default: '',
      description: 'Write to a file, instead of STDOUT',
      complete: 'file',
    },
  }),
  args: [{ name: 'VOLUME', complete: 'volume' }],
  examples: [
    { text: 'To a file', command: 'wharf volume export -o data.tar data' },
    { text: 'Compressed', command: 'wharf volume export data | zstd > data.tar.zst' },
  ],
  async run(context, { output }, [name = ''], { signal }) {
    const { volumes } = await context.engine();
    await sendTo(context.io, output, () => volumes.exportFiles(name, { signal }), { signal });
  },
});
