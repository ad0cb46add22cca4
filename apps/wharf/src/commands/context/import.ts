import { readFile } from 'node:fs/promises';
import { openContextStore } from '@wharf/client';
import { FailedPreconditionError, ResourceExhaustedError } from '@wharf/core';
import type { CliIo } from '../../io/io.js';
import { define } from '../define.js';

const maxBytes = 1024 * 1024;

export default define({
  path: ['context', 'import'],
  summary: 'Import a context from a tar file',
  usage: 'CONTEXT FILE|-',
  flags: {},
  args: [{ name: 'CONTEXT' }, { name: 'FILE', complete: 'file' }],
  examples: [
    { text: 'What export has written', command: 'wharf context import prod prod.wharfcontext' },
  ],
  async run(context, _flags, [name = '', file = '-']) {
    const { io, configDirectory } = context;
    const archive = file === '-' ? await readInput(io) : await readArchive(file);
    await openContextStore(configDirectory).import(name, archive);
    io.stdout.write(`${name}\n`);
    io.stderr.write(`Successfully imported context "${name}"\n`);
  },
});

async function readArchive(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new FailedPreconditionError(`cannot read ${file}: ${code}`, { cause });
  }
}

async function readInput(io: CliIo): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of io.stdin.read()) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes)
      throw new ResourceExhaustedError('this is too large for an exported context');
  }
  return Buffer.concat(chunks);
}
