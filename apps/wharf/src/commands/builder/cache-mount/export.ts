import { defineFlags } from '../../../argv/flags.js';
import { define } from '../../define.js';
import { buildsOf } from '../../image-build/builds-of.js';
import { sendTo } from '../../shared/output-file.js';

export default define({
  path: ['builder', 'cache-mount', 'export'],
  summary: 'Save the content of a cache mount as a tar archive (streamed to STDOUT by default)',
  flags: defineFlags({
    output: {
      type: 'string',
      short: 'o',
      default: '',
      description: 'Write to a file, instead of STDOUT',
      complete: 'file',
    },
  }),
  args: [{ name: 'ID', complete: 'cache-mount' }],
  examples: [
    { text: 'To a file', command: 'wharf builder cache-mount export -o npm.tar npm' },
    {
      text: 'To another daemon',
      command:
        'wharf builder cache-mount export npm | wharf -c other builder cache-mount import npm',
    },
  ],
  async run(context, { output }, [id = ''], { signal }) {
    const builds = await buildsOf(context);
    await sendTo(context.io, output, () => builds.exportCacheMount(id, { signal }), { signal });
  },
});
