import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { CallOptions } from '@wharf/core';
import { DataLossError, FailedPreconditionError, NotFoundError } from '@wharf/core';
import { chainIds, digestHex, digestOf, type Digest } from '@wharf/oci';
import { Flights } from '../concurrency/flights.js';
import { syncDirectory } from '../content/content.js';
import { Notifier } from '../events/notifier.js';
import type { Schema, State, Transaction } from '../state/state.js';
import { goneName, moveAside, sortDirectories } from './directories.js';
import type { UnpackPort, UnpackResult } from './ports.js';

export const layerSchema: Schema = {
  noun: 'layers',
  migrations: [
    `CREATE TABLE layers (
       chain_id TEXT PRIMARY KEY,
       parent TEXT,
       diff_id TEXT NOT NULL,
       size INTEGER NOT NULL,
       opaque INTEGER NOT NULL,
       created_ms INTEGER NOT NULL
     ) STRICT`,
    `CREATE TABLE layer_blobs (
       diff_id TEXT NOT NULL,
       blob TEXT NOT NULL,
       PRIMARY KEY (diff_id, blob)
     ) STRICT, WITHOUT ROWID`,
    // Of the boot in which it was made, while nobody has waited for the disk since; null afterwards.
    'ALTER TABLE layers ADD COLUMN unsynced_boot TEXT',
  ],
};

/** One layer of a stack, as an image's manifest and config describe it. */
export interface LayerSource {
  readonly diffId: Digest;
  readonly blob: Digest;
  readonly blobPath: string;
  readonly blobSize: number;
  readonly compression: 'none' | 'gzip' | 'zstd';
}

/** What is to be seen of a layer by its bytes alone. */
export type ProvenSource = Pick<LayerSource, 'blob' | 'diffId' | 'compression'>;

/** A layer that has no blob: `directory` is on the file system of the layers, and its bytes are what the diff id says. */
export interface MadeLayer extends Pick<LayerInfo, 'diffId' | 'size' | 'opaque'> {
  readonly directory: string;
}

export interface LayerInfo {
  readonly chainId: Digest;
  readonly parent: Digest | undefined;
  readonly diffId: Digest;
  /** Bytes of file content in this layer alone. */
  readonly size: number;
  /** Nothing of the layers below shows. */
  readonly opaque: boolean;
}

/**
 * Committed snapshots: unpacked layers by chain id below `root`, each `<hex>/fs`, a lower directory of overlay mounts.
 * A record exists only for a whole layer; what a crash left half unpacked (`tmp-*`) or half removed (`gone-*`) goes at the next
 * start.
 */
export interface Layers {
  find(chainId: Digest): LayerInfo | undefined;
  /**
   * Unpacks one layer on top of `parent` unless it is there. Callers at the same time share the work. It may begin before
   * the parent is there and waits for it in the end: the caller commits the parent too, and ends this call if that fails.
   */
  commit(parent: Digest | undefined, source: LayerSource, options: CallOptions): Promise<LayerInfo>;
  /**
   * Makes a directory of ours a layer on top of `parent`, which is here, by renaming it; it is gone afterwards, also when the
   * layer was here already. On failure it stays, for the caller to remove. Until `settle`, an unclean end of the machine takes the
   * layer: what must last may not name it before.
   */
  adopt(parent: Digest | undefined, made: MadeLayer, options: CallOptions): Promise<LayerInfo>;
  /** All layers that are here are on the disk; at once when they were before. */
  settle(options: CallOptions): Promise<void>;
  /**
   * Resolves when the blob is known to unpack to the diff id, as one that was committed is: an image that only names the
   * layers of another one shall not be given them. Otherwise `look` says what it unpacks to, once for all who ask
   * meanwhile. @throws DataLossError when that is something else
   */
  prove(
    source: ProvenSource,
    look: (signal: AbortSignal) => Promise<string>,
    options: CallOptions,
  ): Promise<void>;
  /**
   * Unpacks a plain layer, whose blob is its diff id, before it is known what it lies on: the next `commit` of that blob
   * takes it over. The caller drops it with `unstage` when nobody has; a crash leaves remains that `sweep` removes.
   */
  stage(source: LayerSource, options: CallOptions): Promise<void>;
  /** Does nothing when it was taken, or never staged. */
  unstage(blob: Digest, options: CallOptions): Promise<void>;
  /** Lower directories of a stack, topmost first; the empty directory for an image without layers. not-found if one is missing. */
  directories(diffIds: readonly Digest[]): readonly string[];
  /** Bytes of all layers of a stack. */
  size(diffIds: readonly Digest[]): number;
  list(): readonly LayerInfo[];
  /** Forgets the record, then removes the bytes; what of them a failure leaves is for `sweep`. failed-precondition while a child exists. */
  remove(chainId: Digest, options: CallOptions): Promise<void>;
  /** Removes the remains: what no record named when the store was opened, and what could not be removed since. */
  sweep(options: CallOptions): Promise<void>;
}

interface LayerRow {
  readonly chain_id: Digest;
  readonly parent: Digest | null;
  readonly diff_id: Digest;
  readonly size: number;
  readonly opaque: number;
}

export const hashBytes = (bytes: Uint8Array): Digest =>
  digestOf('sha256', createHash('sha256').update(bytes).digest('hex'));

const emptyName = 'empty';

/** @param bootId of the running kernel: what an earlier one has not brought to the disk is no layer */
export async function openLayers(
  root: string,
  state: State,
  unpacker: UnpackPort,
  bootId = '',
): Promise<Layers> {
  await mkdir(join(root, emptyName, 'fs'), { recursive: true, mode: 0o755 });
  dropUnsynced(state, bootId);
  const directory = (chainId: Digest): string => join(root, digestHex(chainId));
  const flights = new Flights<LayerInfo>();
  const find = (chainId: Digest): LayerInfo | undefined => {
    const row = state.db.prepare('SELECT * FROM layers WHERE chain_id = ?').get(chainId);
    return row === undefined ? undefined : toInfo(row as unknown as LayerRow);
  };
  const list = (): readonly LayerInfo[] =>
    (state.db.prepare('SELECT * FROM layers').all() as unknown as LayerRow[]).map(toInfo);
  const { stray, makeRoom } = await sortDirectories(root, state, [
    emptyName,
    ...list().map(({ chainId }) => digestHex(chainId)),
  ]);
  const committed = new Notifier();

  /** Topmost first, down to the lowest layer or one that hides the rest. */
  const stack = (top: Digest): string[] => {
    const found: string[] = [];
    for (let id: Digest | undefined = top; id !== undefined;) {
      const info = find(id);
      if (info === undefined) throw new NotFoundError('layer', id);
      found.push(join(directory(id), 'fs'));
      id = info.opaque ? undefined : info.parent;
    }
    return found;
  };

  /** By the blob that was unpacked: another one must not count as proven by it. */
  const staged = new Map<Digest, { readonly staging: string; readonly result: UnpackResult }>();
  const takeStaged = (blob: Digest) => {
    const found = staged.get(blob);
    staged.delete(blob);
    return found;
  };
  const newStaging = (): string => join(root, `tmp-${randomUUID()}`);
  const fillFrom = async (
    source: LayerSource,
    target: string,
    lower: readonly string[] | 'later',
    signal: AbortSignal,
  ): Promise<UnpackResult> => {
    await mkdir(target, { recursive: true, mode: 0o755 });
    const request = { ...source, target, lower, compressedSize: source.blobSize };
    return unpacker.unpack(request, { signal });
  };
  /** What cannot be removed is left to `sweep`: the failure before it is the one that counts. */
  const drop = async (staging: string): Promise<void> => {
    try {
      await unpacker.removeTree(staging, { signal: AbortSignal.timeout(60_000) });
    } catch {
      stray.push(basename(staging));
    }
  };

  const removeStray = async (name: string, options: CallOptions): Promise<void> => {
    try {
      await unpacker.removeTree(join(root, name), options);
    } catch (error) {
      stray.push(name);
      throw error;
    }
  };

  /** For each settling what is recorded meanwhile: that it was brought to the disk cannot be known. */
  const settling = new Set<Set<Digest>>();
  const settle = async (signal: AbortSignal): Promise<void> => {
    const rows = state.db
      .prepare('SELECT chain_id FROM layers WHERE unsynced_boot IS NOT NULL')
      .all() as { chain_id: Digest }[];
    if (rows.length === 0) return;
    const younger = new Set<Digest>();
    settling.add(younger);
    try {
      // Names of layers are in the root, and come to the disk with what is in them.
      await unpacker.sync(root, { signal });
      state.transaction(({ db }) => {
        const note = db.prepare('UPDATE layers SET unsynced_boot = NULL WHERE chain_id = ?');
        for (const { chain_id } of rows) if (!younger.has(chain_id)) note.run(chain_id);
      });
    } finally {
      settling.delete(younger);
    }
  };

  /** The bytes come first, then the record; without that they go back. What another database knew makes room. */
  const place = async (
    staging: string,
    info: LayerInfo,
    blob: Digest,
    signal: AbortSignal,
    unsyncedBoot: string | null = null,
  ): Promise<void> => {
    const at = directory(info.chainId);
    const putBack = makeRoom(basename(at));
    try {
      await rename(staging, at);
      if (unsyncedBoot === null) {
        await syncDirectory(root);
        // Of what lasts all below lasts.
        await settle(signal);
      }
      record(info, blob, unsyncedBoot);
    } catch (error) {
      moveAside(at, staging);
      putBack();
      throw error;
    }
  };

  const takeOver = async (
    parent: Digest | undefined,
    made: MadeLayer,
    signal: AbortSignal,
  ): Promise<LayerInfo> => {
    if (!isThere(parent)) throw new NotFoundError('layer', parent ?? '');
    const { diffId, size, opaque } = made;
    const info: LayerInfo = { chainId: chainOf(parent, diffId), parent, diffId, size, opaque };
    const staging = newStaging();
    await mkdir(staging, { mode: 0o755 });
    try {
      await rename(made.directory, join(staging, 'fs'));
      await place(staging, info, diffId, signal, bootId);
      return info;
    } catch (error) {
      await rename(join(staging, 'fs'), made.directory).catch(() => undefined);
      await drop(staging);
      throw error;
    }
  };

  const unpack = async (
    chainId: Digest,
    parent: Digest | undefined,
    source: LayerSource,
    signal: AbortSignal,
  ): Promise<LayerInfo> => {
    const early = source.blob === source.diffId ? takeStaged(source.blob) : undefined;
    const staging = early?.staging ?? newStaging();
    const target = join(staging, 'fs');
    const fill = (lower: readonly string[] | 'later'): Promise<UnpackResult> =>
      fillFrom(source, target, lower, signal);
    try {
      let result = early?.result ?? (await fill(isThere(parent) ? below(parent) : 'later'));
      await whenThere(parent, signal);
      const { implied = [] } = result;
      if (implied === 'too-many') {
        await unpacker.removeTree(target, { signal });
        result = await fill(below(parent));
      } else if (implied.length > 0) {
        await unpacker.settle({ target, lower: below(parent), implied }, { signal });
      }
      const { size, opaqueRoot: opaque } = result;
      const info: LayerInfo = { chainId, parent, diffId: source.diffId, size, opaque };
      await place(staging, info, source.blob, signal);
      return info;
    } catch (error) {
      await drop(staging);
      throw error;
    }
  };

  const isThere = (parent: Digest | undefined): boolean =>
    parent === undefined || find(parent) !== undefined;
  const below = (parent: Digest | undefined): string[] =>
    parent === undefined ? [] : stack(parent);
  const whenThere = async (parent: Digest | undefined, signal: AbortSignal): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const ticket = committed.ticket();
      if (isThere(parent)) return;
      await committed.wait(ticket, { signal });
    }
  };
  const record = (info: LayerInfo, blob: Digest, unsyncedBoot: string | null): void => {
    const { chainId, parent, diffId, size, opaque } = info;
    state.transaction(
      ({ db }) => {
        db.prepare(
          'INSERT OR REPLACE INTO layers (chain_id, parent, diff_id, size, opaque, created_ms, unsynced_boot) VALUES (?, ?, ?, ?, ?, ?, ?)',
        ).run(chainId, parent ?? null, diffId, size, opaque ? 1 : 0, Date.now(), unsyncedBoot);
        noteBlob(db, diffId, blob);
      },
      { lasting: unsyncedBoot === null },
    );
    for (const younger of settling) younger.add(chainId);
    committed.notify();
  };
  const isProven = ({ diffId, blob, compression }: ProvenSource): boolean =>
    (diffId === blob && compression === 'none') ||
    state.db
      .prepare('SELECT 1 FROM layer_blobs WHERE diff_id = ? AND blob = ?')
      .get(diffId, blob) !== undefined;
  const proofs = new Flights<void>();

  return {
    find,
    list,
    async commit(parent, source, { signal }) {
      const chainId = chainOf(parent, source.diffId);
      const found = find(chainId);
      if (found !== undefined) {
        await settle(signal);
        return found;
      }
      return await flights.join(chainId, { signal }, (shared) =>
        unpack(chainId, parent, source, shared),
      );
    },
    async adopt(parent, made, { signal }) {
      const chainId = chainOf(parent, made.diffId);
      const info =
        find(chainId) ??
        (await flights.join(chainId, { signal }, (shared) => takeOver(parent, made, shared)));
      if (await isThereStill(made.directory)) await unpacker.removeTree(made.directory, { signal });
      return info;
    },
    settle: ({ signal }) => settle(signal),
    async prove(source, look, options) {
      const { blob, diffId } = source;
      if (isProven(source)) return;
      await proofs.join(`${diffId} ${blob}`, options, async (shared) => {
        const actual = await look(shared);
        if (actual !== diffId) {
          throw new DataLossError(
            `the layer ${blob} unpacks to ${actual} where its image says ${diffId}, pull it again`,
            { facts: { diffId: actual, expected: diffId } },
          );
        }
        // Without it somebody looks again.
        state.transaction(({ db }) => noteBlob(db, diffId, blob), { lasting: false });
      });
    },
    async stage(source, { signal }) {
      const staging = newStaging();
      try {
        const result = await fillFrom(source, join(staging, 'fs'), 'later', signal);
        const before = staged.get(source.blob);
        staged.set(source.blob, { staging, result });
        if (before !== undefined) await drop(before.staging);
      } catch (error) {
        await drop(staging);
        throw error;
      }
    },
    async unstage(blob, options) {
      const found = takeStaged(blob);
      if (found !== undefined) await unpacker.removeTree(found.staging, options);
    },
    directories(diffIds) {
      const top = chainIds(diffIds, hashBytes).at(-1);
      return top === undefined ? [join(root, emptyName, 'fs')] : stack(top);
    },
    size: (diffIds) =>
      chainIds(diffIds, hashBytes).reduce((sum, id) => sum + (find(id)?.size ?? 0), 0),
    async remove(chainId, options) {
      const child = state.db.prepare('SELECT chain_id FROM layers WHERE parent = ?').get(chainId);
      if (child !== undefined)
        throw new FailedPreconditionError(`layer ${chainId} has a layer on top of it`);
      const forget = ({ db }: Transaction): void => {
        const diffId = find(chainId)?.diffId ?? null;
        db.prepare('DELETE FROM layers WHERE chain_id = ?').run(chainId);
        db.prepare(
          'DELETE FROM layer_blobs WHERE diff_id = ?1 AND NOT EXISTS (SELECT 1 FROM layers WHERE diff_id = ?1)',
        ).run(diffId);
      };
      state.transaction(forget, { frees: true });
      const name = goneName();
      // At once: whoever unpacks the same layer anew finds its place free, however long the removal takes.
      if (!moveAside(directory(chainId), join(root, name))) return;
      await removeStray(name, options);
    },
    async sweep(options) {
      for (let name = stray.shift(); name !== undefined; name = stray.shift())
        await removeStray(name, options);
    },
  };
}

/** Before the directory is looked at, which then has names that no record knows. */
function dropUnsynced(state: State, bootId: string): void {
  const lost = state.db
    .prepare('SELECT 1 FROM layers WHERE unsynced_boot IS NOT NULL AND unsynced_boot <> ?')
    .get(bootId);
  if (lost === undefined) return;
  state.transaction(
    ({ db }) =>
      db
        .prepare('DELETE FROM layers WHERE unsynced_boot IS NOT NULL AND unsynced_boot <> ?')
        .run(bootId),
    { frees: true },
  );
}

async function isThereStill(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function noteBlob(db: DatabaseSync, diffId: Digest, blob: Digest): void {
  // Plain bytes prove themselves, and what is said to be compressed is no such blob.
  if (diffId === blob) return;
  db.prepare('INSERT OR IGNORE INTO layer_blobs (diff_id, blob) VALUES (?, ?)').run(diffId, blob);
}

function chainOf(parent: Digest | undefined, diffId: Digest): Digest {
  return parent === undefined ? diffId : hashBytes(Buffer.from(`${parent} ${diffId}`));
}

function toInfo(row: LayerRow): LayerInfo {
  return {
    chainId: row.chain_id,
    parent: row.parent ?? undefined,
    diffId: row.diff_id,
    size: row.size,
    opaque: row.opaque === 1,
  };
}
