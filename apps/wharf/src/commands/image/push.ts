import { canonical, canonicalName, familiar, parseReference, withDefaultTag } from '@wharf/oci';
import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { userCredentials } from '../../credentials/credentials.js';
import { define } from '../define.js';
import { compressionFlag, compressionOf } from '../shared/compression.js';
import { platformFlag, platformOption } from '../shared/platforms.js';
import { pushedLine, showPush } from './push-frames.js';

export default define({
  path: ['image', 'push'],
  aliases: [['push']],
  summary: 'Upload an image to a registry',
  usage: '[OPTIONS] NAME[:TAG]',
  flags: defineFlags({
    'all-tags': {
      type: 'bool',
      short: 'a',
      description: 'Push all tags of an image to the repository',
    },
    compression: {
      ...compressionFlag,
      description: 'Compression of layers that have none yet: gzip, zstd or none',
    },
    'disable-content-trust': {
      type: 'bool',
      default: true,
      hidden: true,
      description: 'Skip image signing',
    },
    'force-compression': {
      type: 'bool',
      description: 'Compress all layers anew, which changes the digests',
    },
    platform: platformFlag('Push this platform alone and no index'),
    quiet: { type: 'bool', short: 'q', description: 'Suppress verbose output' },
  }),
  args: [{ name: 'NAME', complete: 'image' }],
  examples: [
    { text: 'To another registry', command: 'wharf push registry.example.org/team/app:1.2' },
    {
      text: 'With layers that are quicker to unpack',
      command: 'wharf push --compression zstd --force-compression registry.example.org/app',
    },
  ],
  async run(context, flags, [name = ''], { signal }) {
    const { allTags, quiet, platform, forceCompression } = flags;
    const compression = compressionOf(flags.compression);
    if (forceCompression && compression === undefined) {
      throw argumentError('--force-compression needs --compression');
    }
    const named = parseReference(name);
    const bare = named.tag === undefined && named.digest === undefined;
    if (allTags && !bare) throw argumentError("tag can't be used with --all-tags/-a");
    if (named.digest !== undefined) {
      throw argumentError('cannot push a digest reference: name a tag, or none for latest');
    }
    const { io } = context;
    const reference = allTags ? named : withDefaultTag(named);
    if (!quiet) {
      if (bare && !allTags) io.stdout.write('Using default tag: latest\n');
      io.stdout.write(`The push refers to repository [${canonicalName(reference)}]\n`);
    }
    const { images } = await context.engine();
    const credentials = await userCredentials(context).find(reference.domain, { signal });
    const frames = images.push(familiar(reference), {
      signal,
      ...platformOption(platform),
      ...(allTags ? { allTags } : {}),
      ...(compression === undefined ? {} : { compression }),
      ...(forceCompression ? { forceCompression } : {}),
      ...(credentials === undefined ? {} : { credentials }),
    });
    const results = await showPush(io, frames, { quiet, what: `push of ${name}` });
    if (quiet) io.stdout.write(`${canonical(reference)}\n`);
    else for (const result of results) io.stdout.write(pushedLine(result));
  },
});
