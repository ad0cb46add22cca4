import { writeFile } from 'node:fs/promises';
import { openContextStore } from '@wharf/client';
import { FailedPreconditionError } from '@wharf/core';
import { define } from '../define.js';

export default define({
  path: ['context', 'export'],
  summary: 'Export a context to a tar archive FILE or a tar stream on STDOUT.',
  usage: 'CONTEXT [FILE|-]',
  flags: {},
  args: [
    { name: 'CONTEXT', complete: 'context' },
    { name: 'FILE', optional: true, complete: 'file' },
  ],
  examples: [
    {
      text: 'To another machine',
      command: 'wharf context export prod - | ssh me@laptop wharf context import prod -',
    },
  ],
  async run(context, _flags, [name = '', file = `${name}.wharfcontext`]) {
    const { io, configDirectory } = context;
    const archive = await openContextStore(configDirectory).export(name);
    if (file === '-') {
      if (io.stdout.isTTY) {
        throw new FailedPreconditionError(
          'cowardly refusing to export to a terminal, specify a file path',
        );
      }
      return io.stdout.send(archive);
    }
    // It holds a key: readable by its owner alone, and never over another file.
    await writeFile(file, archive, { mode: 0o600, flag: 'wx' }).catch(
      (cause: NodeJS.ErrnoException) => {
        throw new FailedPreconditionError(`cannot write ${file}: ${cause.code}`, { cause });
      },
    );
    io.stderr.write(`Written file "${file}"\n`);
  },
});
