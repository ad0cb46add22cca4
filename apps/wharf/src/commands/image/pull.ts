import { defineFlags } from '../../argv/flags.js';
import { canonical, familiar, parseReference, withDefaultTag } from '@wharf/oci';
import { define } from '../define.js';
import { pullImage } from './pull-image.js';

export default define({
  path: ['image', 'pull'],
  aliases: [['pull']],
  summary: 'Download an image from a registry',
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  flags: defineFlags({
    platform: { type: 'string', description: 'Set platform if server is multi-platform capable' },
    quiet: { type: 'bool', short: 'q', description: 'Suppress verbose output' },
  }),
  args: [{ name: 'NAME', complete: 'image' }],
  examples: [
    { text: 'The newest', command: 'wharf pull debian' },
    { text: 'From another registry', command: 'wharf pull registry.example.org/team/app:1.2' },
  ],
  async run(context, { platform, quiet }, [image = ''], { signal }) {
    const { stdout } = context.io;
    const named = parseReference(image);
    const reference = withDefaultTag(named);
    const bare = named.tag === undefined && named.digest === undefined;
    if (bare && !quiet) stdout.write('Using default tag: latest\n');
    const progress = quiet ? undefined : stdout;
    const result = await pullImage(context, image, { platform, progress, signal });
    if (!quiet) {
      const name = familiar(reference);
      stdout.write(`Digest: ${result.digest}\n`);
      stdout.write(
        result.upToDate
          ? `Status: Image is up to date for ${name}\n`
          : `Status: Downloaded newer image for ${name}\n`,
      );
    }
    stdout.write(`${canonical(reference)}\n`);
  },
});
