import { FailedPreconditionError } from '@wharf/core';
import { defineFlags } from '../../../argv/flags.js';
import { define } from '../../define.js';
import { buildsOf } from '../../image-build/builds-of.js';
import { readFileChunks } from '../../shared/input-file.js';

export default define({
  path: ['builder', 'cache-mount', 'import'],
  summary: 'Put the content of a tar archive in place of what a cache mount holds',
  usage: 'ID [FILE|-]',
  flags: defineFlags({}),
  args: [
    { name: 'ID', complete: 'cache-mount' },
    { name: 'FILE', optional: true, complete: 'file' },
  ],
  examples: [
    { text: 'What export has written', command: 'wharf builder cache-mount import npm npm.tar' },
  ],
  async run(context, _flags, [id = '', file = '-'], { signal }) {
    const { stdin, stdout } = context.io;
    if (file === '-' && stdin.isTTY) {
      throw new FailedPreconditionError('requested import from stdin, but stdin is a terminal');
    }
    const archive = file === '-' ? stdin.read() : readFileChunks(file);
    const builds = await buildsOf(context);
    await builds.importCacheMount(id, archive, { signal });
    stdout.write(`${id}\n`);
  },
});
