import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  FailedPreconditionError,
  NotFoundError,
  type CacheMount,
  type CallOptions,
} from '@wharf/core';
import { SharedLock } from '../../concurrency/shared-lock.js';
import type { FilePort, RootView } from '../../containers/file-ports.js';
import type { UnpackPort } from '../../layers/ports.js';
import type { State } from '../../state/state.js';
import type { OpTools } from '../dependencies.js';
import type { CacheMountRequest, CacheMounts, HeldCacheMount } from './cache-mounts.js';
import { directorySize } from './size.js';

export interface CacheMountDependencies {
  readonly state: State;
  /** <data-root>/builds */
  readonly root: string;
  readonly files: Pick<UnpackPort, 'removeTree'>;
  readonly fileAccess: Pick<FilePort, 'packRoot' | 'unpackInto'>;
  readonly scratch: OpTools['scratch'];
  readonly now: () => number;
}

interface Row {
  readonly name: string;
  readonly id: string;
  readonly created_ms: number;
  readonly used_ms: number;
}

interface Slot {
  readonly lock: SharedLock;
  users: number;
  /** Those of the users that export. */
  exports: number;
}

const removeMs = 600_000;

/** Ids are hashed before they are paths (B-09). A private mount that finds another in use gets `HASH-N`. */
export function createCacheMounts(deps: CacheMountDependencies): CacheMounts {
  return new Store(deps);
}

class Store implements CacheMounts {
  readonly #deps: CacheMountDependencies;
  readonly #slots = new Map<string, Slot>();

  constructor(deps: CacheMountDependencies) {
    this.#deps = deps;
  }

  async acquire(request: CacheMountRequest, options: CallOptions): Promise<HeldCacheMount> {
    const base = nameOf(request.id);
    const name = request.sharing === 'private' ? this.#free(base) : base;
    await using undo = new AsyncDisposableStack();
    const slot = this.#enter(name);
    undo.defer(() => this.#leave(name, slot));
    const lock =
      request.sharing === 'shared'
        ? await slot.lock.shared(options)
        : await slot.lock.exclusive(options);
    undo.use(lock);
    const directory = this.#path(name);
    await this.#make(name, request, options);
    this.#touch(name, request.id);
    const held = undo.move();
    return { directory, [Symbol.asyncDispose]: () => held.disposeAsync() };
  }

  async list(options: CallOptions): Promise<readonly CacheMount[]> {
    const rows = this.#rows();
    const sizes = await Promise.all(
      rows.map(({ name }) => directorySize(this.#path(name), options)),
    );
    const mounts = new Map<string, CacheMount>();
    rows.forEach(({ id, name, created_ms, used_ms }, at) => {
      const before = mounts.get(id);
      mounts.set(id, {
        id,
        createdAt: new Date(Math.min(created_ms, before?.createdAt.getTime() ?? Infinity)),
        lastUsedAt: new Date(Math.max(used_ms, before?.lastUsedAt.getTime() ?? 0)),
        size: (sizes[at] ?? 0) + (before?.size ?? 0),
        inUse: this.#slots.has(name) || before?.inUse === true,
      });
    });
    return [...mounts.values()].sort((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime());
  }

  async *export(id: string, options: CallOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const name = nameOf(id);
    if (!this.#rows().some((row) => row.name === name)) throw new NotFoundError('cache mount', id);
    await using undo = new AsyncDisposableStack();
    const slot = this.#enter(name);
    slot.exports += 1;
    undo.defer(() => {
      slot.exports -= 1;
      this.#leave(name, slot);
    });
    undo.use(await slot.lock.shared(options));
    yield* this.#deps.fileAccess.packRoot(view(this.#path(name)), { ...options, top: true });
  }

  async import(
    id: string,
    archive: AsyncIterable<Uint8Array>,
    options: CallOptions,
  ): Promise<void> {
    const slot = this.#slots.get(nameOf(id));
    // An export may be what this archive comes from: it ends before the content is replaced.
    if (slot !== undefined && slot.users > slot.exports)
      throw new FailedPreconditionError(`cache mount ${id} is used by a step: wait for its end`);
    await using scratch = await this.#deps.scratch();
    const fresh = join(scratch.path, 'files');
    await mkdir(fresh, { mode: 0o755 });
    await this.#unpack(fresh, archive, options);
    await using held = await this.acquire({ id, sharing: 'locked' }, options);
    await rename(held.directory, join(scratch.path, 'before'));
    await rename(fresh, held.directory);
  }

  async fill(
    directory: string,
    archive: AsyncIterable<Uint8Array>,
    options: CallOptions,
  ): Promise<void> {
    await using scratch = await this.#deps.scratch();
    const fresh = join(scratch.path, 'files');
    await mkdir(fresh, { mode: 0o755 });
    await this.#unpack(fresh, archive, options);
    for (const name of await readdir(fresh, { encoding: 'buffer' }))
      await rename(within(fresh, name), within(directory, name));
  }

  #unpack(
    directory: string,
    archive: AsyncIterable<Uint8Array>,
    options: CallOptions,
  ): Promise<void> {
    const request = { path: '/', noOverwriteDirNonDir: false, top: true };
    return this.#deps.fileAccess.unpackInto(view(directory), request, archive, options);
  }

  async remove(id: string, options: CallOptions): Promise<number> {
    let bytes = 0;
    for (const row of this.#rows()) {
      if (row.id !== id || this.#slots.has(row.name)) continue;
      const slot = this.#enter(row.name);
      try {
        await using _ = await slot.lock.exclusive(options);
        bytes += await directorySize(this.#path(row.name), options);
        this.#deps.state.transaction(
          ({ db }) => db.prepare('DELETE FROM build_cache_mounts WHERE name = ?').run(row.name),
          { frees: true },
        );
        await this.#deps.files.removeTree(this.#path(row.name), {
          signal: AbortSignal.timeout(removeMs),
        });
      } finally {
        this.#leave(row.name, slot);
      }
    }
    return bytes;
  }

  /** Made whole beside its place, so that nobody sees a seed half done. */
  async #make(name: string, request: CacheMountRequest, options: CallOptions): Promise<void> {
    const path = this.#path(name);
    if (existsSync(path)) return;
    await using scratch = await this.#deps.scratch();
    const fresh = join(scratch.path, 'files');
    await mkdir(fresh, { mode: 0o700 });
    await request.seed?.(fresh, options);
    await chown(fresh, request.uid ?? 0, request.gid ?? 0);
    await chmod(fresh, request.mode ?? 0o755);
    await mkdir(this.#root(), { recursive: true, mode: 0o700 });
    if (!existsSync(path)) await rename(fresh, path);
  }

  #free(base: string): string {
    for (let count = 0; ; count++) {
      const name = count === 0 ? base : `${base}-${count}`;
      if (!this.#slots.has(name)) return name;
    }
  }

  #enter(name: string): Slot {
    const slot = this.#slots.get(name) ?? { lock: new SharedLock(), users: 0, exports: 0 };
    this.#slots.set(name, slot);
    slot.users += 1;
    return slot;
  }

  #leave(name: string, slot: Slot): void {
    slot.users -= 1;
    if (slot.users === 0) this.#slots.delete(name);
  }

  #touch(name: string, id: string): void {
    const now = this.#deps.now();
    this.#deps.state.transaction(({ db }) =>
      db
        .prepare(
          'INSERT INTO build_cache_mounts (name, id, created_ms, used_ms) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET used_ms = excluded.used_ms',
        )
        .run(name, id, now, now),
    );
  }

  #rows(): readonly Row[] {
    return this.#deps.state.db
      .prepare('SELECT * FROM build_cache_mounts ORDER BY used_ms DESC, name')
      .all() as unknown as Row[];
  }

  #root(): string {
    return join(this.#deps.root, 'cache-mounts');
  }

  #path(name: string): string {
    return join(this.#root(), name);
  }
}

/** Directories without a record: a crash came before it was written, or after it was removed. */
export async function adoptCacheMounts(
  { state, root, files }: Pick<CacheMountDependencies, 'state' | 'root' | 'files'>,
  options: CallOptions,
): Promise<number> {
  const directory = join(root, 'cache-mounts');
  const rows = state.db.prepare('SELECT name FROM build_cache_mounts').all() as { name: string }[];
  const known = new Set(rows.map(({ name }) => name));
  const names = await readdir(directory).catch(() => []);
  const strays = names.filter((name) => !known.has(name));
  for (const name of strays) await files.removeTree(join(directory, name), options);
  return strays.length;
}

/** Names are bytes, of any kind. */
function within(directory: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), name]);
}

function nameOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

function view(path: string): RootView {
  return { root: { kind: 'directory', path }, readOnly: false, mounts: [] };
}
