import { FailedPreconditionError } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { readFileChunks } from '../shared/input-file.js';

export default define({
  path: ['volume', 'import'],
  summary: 'Unpack a tar archive into a volume, which is made if it is missing',
  usage: '[OPTIONS] VOLUME [FILE|-]',
  flags: defineFlags({
    replace: { type: 'bool', description: 'Empty the volume first' },
  }),
  args: [
    { name: 'VOLUME', complete: 'volume' },
    { name: 'FILE', optional: true, complete: 'file' },
  ],
  examples: [
    { text: 'What export has written', command: 'wharf volume import data data.tar' },
    {
      text: 'From another machine',
      command: 'ssh host wharf volume export data | wharf volume import data -',
    },
  ],
  async run(context, { replace }, [name = '', file = '-'], { signal }) {
    const { stdin } = context.io;
    if (file === '-' && stdin.isTTY) {
      throw new FailedPreconditionError('requested import from stdin, but stdin is a terminal');
    }
    const archive = file === '-' ? stdin.read() : readFileChunks(file);
    const { volumes } = await context.engine();
    await volumes.importFiles(name, archive, replace ? { signal, replace } : { signal });
    context.io.stdout.write(`${name}\n`);
  },
});
