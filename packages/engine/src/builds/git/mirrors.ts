import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import { KeyLock } from '../../concurrency/key-lock.js';
import { treeSize } from '../../containers/size.js';
import type { UnpackPort } from '../../layers/ports.js';
import { shownAddress } from '../address.js';
import { Uses } from '../solve/uses.js';

/** One of them. */
export interface GitMirror {
  /** Of its remote. */
  readonly id: string;
  /** Without what would let one in; empty where it is not known. */
  readonly remote: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** Bytes. */
  readonly size: number;
  readonly inUse: boolean;
}

/** Repositories of ours, one for each remote that something was fetched from; the next fetch lacks less. */
export interface GitMirrors {
  /** Its directory, made by whoever fetches; for one at a time. */
  use(remote: string, options: CallOptions): Promise<{ readonly path: string } & AsyncDisposable>;
  list(options: CallOptions): Promise<readonly GitMirror[]>;
  /** Unless somebody uses it; tells the bytes. */
  remove(id: string, options: CallOptions): Promise<number>;
  /** Removes those that nobody uses and nobody has used since `before` (ms); tells the bytes. */
  prune(before: number, options: CallOptions): Promise<number>;
}

/** What git does not look at. */
const remoteFile = 'wharf-remote';

export function createGitMirrors(
  { root, files }: { readonly root: string; readonly files: Pick<UnpackPort, 'removeTree'> },
  now: () => number = Date.now,
): GitMirrors {
  const folder = join(root, 'git');
  const locks = new KeyLock();
  const uses = new Uses();
  const names = (): Promise<readonly string[]> => readdir(folder).catch(() => []);
  const remove = async (name: string, options: CallOptions): Promise<number> => {
    if (uses.has(name) || !(await names()).includes(name)) return 0;
    const path = join(folder, name);
    await using _ = await locks.acquire(name, options);
    const bytes = await treeSize(path, options.signal);
    await files.removeTree(path, options);
    return bytes;
  };
  return {
    async use(remote, options) {
      const name = createHash('sha256').update(remote).digest('hex');
      await using undo = new AsyncDisposableStack();
      undo.use(uses.hold(name));
      undo.use(await locks.acquire(name, options));
      const path = join(folder, name);
      await mkdir(path, { recursive: true, mode: 0o700 });
      const note = { flag: 'wx', mode: 0o600 };
      await writeFile(join(path, remoteFile), shownAddress(remote), note).catch(() => undefined);
      await utimes(path, now() / 1000, now() / 1000);
      const rest = undo.move();
      return { path, [Symbol.asyncDispose]: () => rest.disposeAsync() };
    },
    async list({ signal }) {
      const found: GitMirror[] = [];
      for (const id of await names()) {
        const path = join(folder, id);
        const facts = await stat(path).catch(() => undefined);
        if (facts === undefined) continue;
        const remote = await readFile(join(path, remoteFile), 'utf8').catch(() => '');
        const { birthtime: createdAt, mtime: lastUsedAt } = facts;
        const size = await treeSize(path, signal);
        found.push({ id, remote, createdAt, lastUsedAt, size, inUse: uses.has(id) });
      }
      return found;
    },
    remove,
    async prune(before, options) {
      let bytes = 0;
      for (const name of await names()) {
        const facts = await stat(join(folder, name)).catch(() => undefined);
        if (facts === undefined || facts.mtimeMs > before) continue;
        bytes += await remove(name, options);
      }
      return bytes;
    },
  };
}
