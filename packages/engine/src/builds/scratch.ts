import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
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
      [Symbol.asyncDispose]: () =>
        files.removeTree(path, { signal: AbortSignal.timeout(removeMs) }),
    };
  };
}
