import { randomUUID } from 'node:crypto';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnpackPort } from '../layers/ports.js';
import type { OpTools } from './dependencies.js';

const removeMs = 600_000;

/** Directories that go with their disposal, below `<root>/tmp`, which the start empties. */
export function createScratch(
  root: string,
  files: Pick<UnpackPort, 'removeTree'>,
): OpTools['scratch'] {
  return async () => {
    const path = join(root, 'tmp', randomUUID());
    await mkdir(path, { recursive: true, mode: 0o700 });
    return {
      path,
      async [Symbol.asyncDispose]() {
        if (!(await removeEmpty(path)))
          await files.removeTree(path, { signal: AbortSignal.timeout(removeMs) });
      },
    };
  };
}

/** What is left behind a layer that was taken away: the work directory of its mount, as overlayfs leaves it. */
const remains = ['work/work/incompat/volatile', 'work/work/incompat', 'work/work', 'work', ''];

/** Most are empty: a thread that removes trees is not worth its start for them. False for one that has more in it. */
async function removeEmpty(path: string): Promise<boolean> {
  for (const part of remains) {
    const code = await rmdir(join(path, part)).catch(codeOf);
    if (code !== undefined && code !== 'ENOENT' && part === '') return false;
  }
  return true;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'EIO';
}
