import { DataLossError, FailedPreconditionError } from '@wharf/core';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where a host has them; PATH is not asked. */
const folders = ['/usr/bin', '/bin', '/usr/local/bin'];
const memoryBytes = 256 << 20;

const args: Readonly<Record<'bzip2' | 'xz', readonly string[]>> = {
  bzip2: ['-dc'],
  xz: ['-dc', '-T1', `--memlimit-decompress=${memoryBytes}`],
};

/**
 * Decompresses a file by a program of the host, whose end is waited for whatever happens.
 * @throws FailedPreconditionError when the host does not have it; DataLossError when it refuses the file.
 */
export async function* throughProgram(name: 'bzip2' | 'xz', fd: number): AsyncGenerator<Buffer> {
  const file = folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
  if (file === undefined) {
    throw new FailedPreconditionError(
      `the archive is compressed with ${name}, install it or use gzip or zstd`,
    );
  }
  const child = spawn(file, args[name], { stdio: [fd, 'pipe', 'pipe'], env: {}, cwd: '/' });
  const ended = endOf(child);
  const said = errorsOf(child);
  let complete = false;
  try {
    for await (const chunk of child.stdout ?? []) yield chunk as Buffer;
    complete = true;
  } finally {
    if (!complete) child.kill('SIGKILL');
    await ended;
  }
  if ((await ended) !== 0) {
    throw new DataLossError(`${name} cannot decompress the archive: ${said()}`);
  }
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

/** The first line of what it complains of. */
function errorsOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('latin1').on('data', (chunk: string) => {
    if (text.length < 1000) text += chunk;
  });
  return () => text.split('\n', 1)[0]?.slice(0, 200) ?? '';
}
