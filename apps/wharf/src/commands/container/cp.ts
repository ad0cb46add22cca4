import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { define } from '../define.js';
import { copyIn } from '../copy/copy-in.js';
import { copyOut } from '../copy/copy-out.js';
import { splitCopyPath } from '../copy/paths.js';

export default define({
  path: ['container', 'cp'],
  aliases: [['cp']],
  summary: 'Copy files/folders between a container and the local filesystem',
  description:
    'Copy files/folders between a container and the local filesystem\n\n' +
    "Use '-' as the source to read a tar archive from stdin\n" +
    'and extract it to a directory destination in a container.\n' +
    "Use '-' as the destination to stream a tar archive of a\n" +
    'container source to stdout.',
  usage:
    '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\twharf cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  flags: defineFlags({
    archive: {
      type: 'bool',
      short: 'a',
      description: 'Archive mode (copy all uid/gid information)',
    },
    'follow-link': {
      type: 'bool',
      short: 'L',
      description: 'Always follow symbol link in SRC_PATH',
    },
    quiet: {
      type: 'bool',
      short: 'q',
      description:
        'Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached',
    },
  }),
  args: [
    { name: 'SRC_PATH', complete: 'container-path|file' },
    { name: 'DEST_PATH', complete: 'container-path|file' },
  ],
  examples: [
    { text: 'A file out of a container', command: 'wharf cp web:/etc/nginx/nginx.conf .' },
    { text: 'What is in a directory, without itself', command: 'wharf cp ./site/. web:/srv/www' },
    { text: 'As a tar archive', command: 'wharf cp web:/var/log - | tar -t' },
  ],
  async run(
    context,
    { archive, followLink, quiet },
    [source = '', target = ''],
    { signal, given },
  ) {
    if (source === '') throw argumentError('source can not be empty');
    if (target === '') throw argumentError('destination can not be empty');
    const from = splitCopyPath(source);
    const to = splitCopyPath(target);
    const silent = given.has('quiet') ? quiet : !context.io.stdout.isTTY;
    const options = { archive, followLink, quiet: silent, signal };
    if (from.container !== undefined && to.container !== undefined) {
      throw argumentError('copying between containers is not supported');
    }
    if (from.container !== undefined) {
      return copyOut(context, { container: from.container, path: from.path }, to.path, options);
    }
    if (to.container !== undefined) {
      return copyIn(context, from.path, { container: to.container, path: to.path }, options);
    }
    throw argumentError('must specify at least one container source');
  },
});
