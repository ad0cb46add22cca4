import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { registryAccess } from './access.js';
import { insecureFlag, refuseInsecure } from './insecure-flag.js';
import { documentText, verboseText } from './view.js';

export default define({
  path: ['manifest', 'inspect'],
  summary: 'Display an image manifest, or manifest list',
  usage: '[OPTIONS] [MANIFEST_LIST] MANIFEST',
  flags: defineFlags({
    insecure: insecureFlag,
    verbose: {
      type: 'bool',
      short: 'v',
      description: 'Output additional info including layers and platform',
    },
  }),
  args: [
    { name: 'MANIFEST', complete: 'image' },
    { name: 'MANIFEST', optional: true, complete: 'image' },
  ],
  examples: [
    { text: 'Which platforms a registry has', command: 'wharf manifest inspect debian:12' },
    { text: 'With the manifest of each', command: 'wharf manifest inspect -v debian:12' },
  ],
  async run(context, { insecure, verbose }, [first = '', second], { signal }) {
    refuseInsecure(insecure);
    const [list, name] = second === undefined ? [undefined, first] : [first, second];
    const access = await registryAccess(context, [name], { signal });
    const { manifestLists } = await context.engine();
    const view = await manifestLists.inspect(name, {
      ...access,
      ...(verbose ? { verbose } : {}),
      ...(list === undefined ? {} : { list }),
    });
    const text = verbose ? verboseText(view) : documentText(view.document);
    context.io.stdout.write(`${text}\n`);
  },
});
