import { createHash } from 'node:crypto';
import { mkdir, readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import { KeyLock } from '../../concurrency/key-lock.js';
import { treeSize } from '../../containers/size.js';
import type { UnpackPort } from '../../layers/ports.js';
import { Uses } from '../solve/uses.js';

/** Repositories of ours, one for each remote that something was fetched from; the next fetch lacks less. */
export interface GitMirrors {
  /** Its directory, made by whoever fetches; for one at a time. */
  use(remote: string, options: CallOptions): Promise<{ readonly path: string } & AsyncDisposable>;
  /** Removes those that nobody uses and nobody has used since `before` (ms); tells the bytes. */
  prune(before: number, options: CallOptions): Promise<number>;
}

export function createGitMirrors(
  { root, files }: { readonly root: string; readonly files: Pick<UnpackPort, 'removeTree'> },
  now: () => number = Date.now,
): GitMirrors {
  const folder = join(root, 'git');
  const locks = new KeyLock();
  const uses = new Uses();
  return {
    async use(remote, options) {
      const name = createHash('sha256').update(remote).digest('hex');
      await using undo = new AsyncDisposableStack();
      undo.use(uses.hold(name));
      undo.use(await locks.acquire(name, options));
      const path = join(folder, name);
      await mkdir(path, { recursive: true, mode: 0o700 });
      await utimes(path, now() / 1000, now() / 1000);
      const rest = undo.move();
      return { path, [Symbol.asyncDispose]: () => rest.disposeAsync() };
    },
    async prune(before, options) {
      let bytes = 0;
      for (const name of await readdir(folder).catch(() => [])) {
        const path = join(folder, name);
        if (uses.has(name) || (await stat(path)).mtimeMs > before) continue;
        await using _ = await locks.acquire(name, options);
        bytes += await treeSize(path, options.signal);
        await files.removeTree(path, options);
      }
      return bytes;
    },
  };
}
