import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { showPush } from '../image/push-frames.js';
import { registryAccess } from './access.js';
import { insecureFlag, refuseInsecure } from './insecure-flag.js';

export default define({
  path: ['manifest', 'push'],
  summary: 'Push a manifest list to a repository',
  usage: '[OPTIONS] MANIFEST_LIST',
  flags: defineFlags({
    insecure: insecureFlag,
    purge: {
      type: 'bool',
      short: 'p',
      description: 'Remove the local manifest list after push',
    },
  }),
  args: [{ name: 'MANIFEST_LIST', complete: 'image' }],
  examples: [
    { text: 'And forget it here', command: 'wharf manifest push --purge reg.example.org/app:1' },
  ],
  async run(context, { insecure, purge }, [name = ''], { signal }) {
    refuseInsecure(insecure);
    const { io } = context;
    const access = await registryAccess(context, [name], { signal });
    const { manifestLists } = await context.engine();
    const frames = manifestLists.push(name, { ...access, ...(purge ? { purge } : {}) });
    // Standard output has the digest alone, for scripts.
    const shown = { ...io, stdout: io.stderr };
    const results = await showPush(shown, frames, { quiet: false, what: `push of ${name}` });
    for (const { digest } of results) io.stdout.write(`${digest}\n`);
  },
});
