import type { PullResult } from '@wharf/core';
import { canonical, familiar, familiarName, parseReference, withDefaultTag } from '@wharf/oci';
import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { define } from '../define.js';
import { platformFlag } from '../shared/platforms.js';
import { pullImage } from './pull-image.js';

export default define({
  path: ['image', 'pull'],
  aliases: [['pull']],
  summary: 'Download an image from a registry',
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  flags: defineFlags({
    'all-platforms': { type: 'bool', description: 'Download every platform of the image' },
    'all-tags': {
      type: 'bool',
      short: 'a',
      description: 'Download all tagged images in the repository',
    },
    platform: platformFlag('Download this platform and not that of the daemon'),
    quiet: { type: 'bool', short: 'q', description: 'Suppress verbose output' },
  }),
  args: [{ name: 'NAME', complete: 'image' }],
  examples: [
    { text: 'The newest', command: 'wharf pull debian' },
    { text: 'From another registry', command: 'wharf pull registry.example.org/team/app:1.2' },
    { text: 'For another processor', command: 'wharf pull --platform linux/arm64 debian' },
  ],
  async run(context, { platform, quiet, allTags, allPlatforms }, [image = ''], { signal }) {
    const { stdout } = context.io;
    const named = parseReference(image);
    const bare = named.tag === undefined && named.digest === undefined;
    if (allTags && !bare) throw argumentError("tag can't be used with --all-tags/-a");
    if (allPlatforms && platform !== undefined) {
      throw argumentError(
        'conflicting options: cannot specify both --platform and --all-platforms',
      );
    }
    if (bare && !quiet && !allTags) stdout.write('Using default tag: latest\n');
    const progress = quiet ? undefined : stdout;
    const name = allTags ? familiarName(named) : familiar(withDefaultTag(named));
    const pulled = ({ digest, upToDate, reference }: PullResult): void => {
      if (quiet) return;
      const tag = allTags ? `${familiar(parseReference(reference))}: ` : '';
      stdout.write(`${tag}Digest: ${digest}\n`);
      stdout.write(
        upToDate
          ? `Status: Image is up to date for ${name}\n`
          : `Status: Downloaded newer image for ${name}\n`,
      );
    };
    await pullImage(context, image, { platform, allPlatforms, allTags, progress, pulled, signal });
    stdout.write(`${canonical(allTags ? named : withDefaultTag(named))}\n`);
  },
});
