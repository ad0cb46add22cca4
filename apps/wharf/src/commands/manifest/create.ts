import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { registryAccess } from './access.js';
import { insecureFlag, refuseInsecure } from './insecure-flag.js';

export default define({
  path: ['manifest', 'create'],
  summary: 'Create a local manifest list for annotating and pushing to a registry',
  usage: '[OPTIONS] MANIFEST_LIST MANIFEST [MANIFEST...]',
  flags: defineFlags({
    amend: { type: 'bool', short: 'a', description: 'Amend an existing manifest list' },
    insecure: insecureFlag,
  }),
  args: [
    { name: 'MANIFEST_LIST', complete: 'image' },
    { name: 'MANIFEST', multiple: true, complete: 'image' },
  ],
  examples: [
    {
      text: 'One name for two platforms',
      command:
        'wharf manifest create reg.example.org/app:1 reg.example.org/app:1-amd64 reg.example.org/app:1-arm64',
    },
  ],
  async run(context, { amend, insecure }, [name = '', ...sources], { signal }) {
    refuseInsecure(insecure);
    const access = await registryAccess(context, [name, ...sources], { signal });
    const { manifestLists } = await context.engine();
    const options = { ...access, ...(amend ? { amend } : {}) };
    const { reference } = await manifestLists.create(name, sources, options);
    context.io.stdout.write(`Created manifest list ${reference}\n`);
  },
});
