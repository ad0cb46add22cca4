import { randomUUID } from 'node:crypto';
import { mkdir, rmdir, unlink } from 'node:fs/promises';
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

/** What a volatile mount leaves in its work directory, as overlayfs makes it, when the layer was taken away. */
const mark = 'work/work/incompat/volatile/dirty';
const remains = ['work/work/incompat/volatile', 'work/work/incompat', 'work/work', 'work', ''];

/** Most are empty: a thread that removes trees is not worth its start for them. False for one that has more in it. */
async function removeEmpty(path: string): Promise<boolean> {
  if (await isRemoved(path)) return true;
  await unlink(join(path, mark)).catch(() => undefined);
  for (const part of remains) if (!(await isRemoved(join(path, part)))) return false;
  return true;
}

function isRemoved(path: string): Promise<boolean> {
  return rmdir(path).then(
    () => true,
    (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT',
  );
}
