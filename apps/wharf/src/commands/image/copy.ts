import { parseReference, withDefaultTag, canonical } from '@wharf/oci';
import { defineFlags } from '../../argv/flags.js';
import { userCredentials } from '../../credentials/credentials.js';
import { define } from '../define.js';
import { platformFlag, platformOption } from '../shared/platforms.js';
import { resultLine, showPush } from './push-frames.js';

export default define({
  path: ['image', 'copy'],
  summary: 'Copy an image from registry to registry without pulling it',
  description:
    'Copy an image from registry to registry, or to another name in the same one, without keeping it here. ' +
    'All of its platforms are copied and digests stay as they are.',
  usage: '[OPTIONS] SOURCE[:TAG|@DIGEST] TARGET[:TAG] [TARGET[:TAG]...]',
  flags: defineFlags({
    platform: platformFlag('Copy this platform alone and no index'),
    quiet: { type: 'bool', short: 'q', description: 'Suppress verbose output' },
  }),
  args: [
    { name: 'SOURCE', complete: 'image' },
    { name: 'TARGET', multiple: true, complete: 'image' },
  ],
  examples: [
    {
      text: 'Into a registry of one’s own',
      command: 'wharf image copy debian:12 registry.example.org/base/debian:12',
    },
    {
      text: 'Another tag of the same image',
      command: 'wharf image copy registry.example.org/app:rc2 registry.example.org/app:1.0',
    },
  ],
  async run(context, { platform, quiet }, [source = '', ...targets], { signal }) {
    const { io } = context;
    const from = withDefaultTag(parseReference(source));
    const to = targets.map((target) => withDefaultTag(parseReference(target)));
    const { manifestLists } = await context.engine();
    const domains = [from, ...to].map(({ domain }) => domain);
    const credentials = await userCredentials(context).findAll(domains, { signal });
    const frames = manifestLists.copy(canonical(from), to.map(canonical), {
      signal,
      ...platformOption(platform),
      ...(credentials.size === 0 ? {} : { credentials }),
    });
    const results = await showPush(io, frames, { quiet, what: `copy of ${source}` });
    for (const result of results) {
      io.stdout.write(quiet ? `${result.reference}\n` : resultLine(result));
    }
  },
});
