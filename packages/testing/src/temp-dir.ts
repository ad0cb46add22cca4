import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeMountField } from './leaks/mountinfo.js';
import { run } from './run.js';

export interface TempDir extends AsyncDisposable {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Removes it with all below; a second call does nothing. Mounts below it are detached first, never emptied. */
  remove(): Promise<void>;
}

/** A fresh folder (0711) in the folder for temporary files, removed when disposed of. */
export async function tempDir(prefix = 'wharf-test-'): Promise<TempDir> {
  const path = await realpath(await mkdtemp(join(tmpdir(), prefix)));
  await chmod(path, 0o711);
  const remove = async (): Promise<void> => {
    await detachBelow(path);
    await rm(path, { recursive: true, force: true });
  };
  return { path, remove, [Symbol.asyncDispose]: remove };
}

async function detachBelow(path: string): Promise<void> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const points = table
    .split('\n')
    .map((line) => decodeMountField(line.split(' ')[4] ?? ''))
    .filter((point) => point.startsWith(`${path}/`));
  for (const point of points.reverse()) await run('umount', ['-l', point]);
}
