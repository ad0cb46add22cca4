import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions, ImageMount } from '@wharf/core';
import { FailedPreconditionError, WharfError } from '@wharf/core';
import { digestHex, type Digest } from '@wharf/oci';
import { KeyLock } from '../concurrency/key-lock.js';
import type { Schema, State } from '../state/state.js';
import type { FoundImage } from './lookup.js';
import type { ImageMountPort } from './mount-port.js';
import type { ImageUse } from './use.js';

export const imageMountSchema: Schema = {
  noun: 'image-mounts',
  migrations: [
    `CREATE TABLE image_mounts (
       image_id TEXT PRIMARY KEY,
       manifest TEXT NOT NULL,
       reference TEXT NOT NULL,
       path TEXT NOT NULL,
       count INTEGER NOT NULL,
       boot_id TEXT NOT NULL
     ) STRICT`,
  ],
};

interface Row {
  readonly image_id: string;
  readonly manifest: string;
  readonly reference: string;
  readonly path: string;
  readonly count: number;
  readonly boot_id: string;
}

/** An image of one platform, as it is found by a name. */
export interface Mountable {
  readonly imageId: Digest;
  readonly manifestDigest: Digest;
  /** Lower directories, topmost first. */
  readonly lower: readonly string[];
}

export interface ImageMountsDependencies {
  readonly state: State;
  readonly port: ImageMountPort;
  /** <exec-root>/mounts/images */
  readonly root: string;
  /** Of the platform, or the default one; not-found unless it is here. */
  readonly find: (ref: string, platform: string) => Promise<Mountable>;
  /** Answers at once. */
  readonly isKnown: (manifestDigest: string) => boolean;
}

interface RefOptions extends CallOptions {
  readonly platform?: string;
}

/**
 * Root filesystems of images on the host. A record is written before its mount (R6) and names where it is; as long as it
 * is there the image is in use. After a reboot, or when somebody else has unmounted it, the record goes at the start.
 */
export interface ImageMounts {
  mount(ref: string, options: RefOptions): Promise<ImageMount>;
  unmount(ref: string, options: RefOptions & { readonly force?: boolean }): Promise<void>;
  list(): readonly ImageMount[];
  /** Where a manifest is mounted. Answers at once. */
  pathOf(manifestDigest: string): string | undefined;
  /** Brings records and mounts in line, once, before the first call; says how many were out of it. */
  adopt(): Promise<number>;
}

export function createImageMounts(deps: ImageMountsDependencies): ImageMounts {
  const { state, port, root } = deps;
  const locks = new KeyLock();
  const rows = (where = '', ...values: string[]): readonly Row[] =>
    state.db.prepare(`SELECT * FROM image_mounts ${where}`).all(...values) as unknown as Row[];
  const rowOf = (imageId: string): Row | undefined => rows('WHERE image_id = ?', imageId)[0];
  const forget = (imageId: string): void => {
    state.transaction(({ db }) =>
      db.prepare('DELETE FROM image_mounts WHERE image_id = ?').run(imageId),
    );
  };

  const take = (ref: string, { imageId, manifestDigest }: Mountable): Row => {
    if (!deps.isKnown(manifestDigest))
      throw new FailedPreconditionError(`image ${ref} was removed meanwhile`);
    const path = join(root, digestHex(imageId));
    state.transaction((tx) => {
      tx.db
        .prepare(
          `INSERT INTO image_mounts (image_id, manifest, reference, path, count, boot_id) VALUES (?, ?, ?, ?, 1, ?)
           ON CONFLICT (image_id) DO UPDATE SET count = count + 1`,
        )
        .run(imageId, manifestDigest, ref, path, port.bootId);
      tx.emit({ type: 'image', action: 'mount', actorId: imageId, attributes: { name: ref } });
    });
    return rowOf(imageId) as Row;
  };

  const giveBack = (ref: string, row: Row, force: boolean): void =>
    state.transaction((tx) => {
      const last = force || row.count <= 1;
      const text = last
        ? 'DELETE FROM image_mounts WHERE image_id = ?'
        : 'UPDATE image_mounts SET count = count - 1 WHERE image_id = ?';
      tx.db.prepare(text).run(row.image_id);
      const { image_id: actorId } = row;
      tx.emit({ type: 'image', action: 'unmount', actorId, attributes: { name: ref } });
    });

  return {
    async mount(ref, { signal, platform = '' }) {
      const found = await deps.find(ref, platform);
      await using _ = await locks.acquire(found.imageId, { signal });
      const row = take(ref, found);
      try {
        if (!port.isMounted(row.path)) await port.mount(found.lower, row.path);
      } catch (error) {
        giveBack(ref, row, false);
        throw error;
      }
      return toMount(row);
    },
    async unmount(ref, { signal, platform = '', force = false }) {
      const { imageId } = await deps.find(ref, platform);
      await using _ = await locks.acquire(imageId, { signal });
      const row = rowOf(imageId);
      if (row === undefined) {
        throw new WharfError('not-found', `image ${ref} is not mounted`, {
          facts: { kind: 'image mount', name: ref },
        });
      }
      if (force || row.count <= 1) await port.unmount(row.path);
      giveBack(ref, row, force);
    },
    list: () => rows('ORDER BY reference, image_id').map(toMount),
    pathOf: (manifest) => rows('WHERE manifest = ?', manifest)[0]?.path,
    async adopt() {
      let repaired = 0;
      for (const row of rows()) {
        if (row.boot_id === port.bootId && port.isMounted(row.path)) continue;
        forget(row.image_id);
        repaired++;
      }
      const known = new Set(rows().map(({ path }) => path));
      await mkdir(root, { recursive: true, mode: 0o711 });
      for (const name of await readdir(root)) {
        const path = join(root, name);
        if (known.has(path)) continue;
        await port.unmount(path);
        repaired++;
      }
      return repaired;
    },
  };
}

/** Images that are mounted are in use as by a running container. */
export function usedByMounts(mounts: Pick<ImageMounts, 'pathOf'>, use: ImageUse): ImageUse {
  return {
    users(manifest) {
      const path = mounts.pathOf(manifest);
      const users = use.users(manifest);
      return path === undefined ? users : [...users, { id: path, running: true }];
    },
  };
}

/** Says what is in the way where the last name would go. @throws FailedPreconditionError */
export function refuseMounted(
  mounts: Pick<ImageMounts, 'pathOf'>,
  { target, name }: FoundImage,
  ref: string,
): void {
  if (name !== undefined && target.names.length > 1) return;
  for (const { digest } of target.manifests) {
    const path = mounts.pathOf(digest);
    if (path === undefined) continue;
    throw new FailedPreconditionError(
      `conflict: unable to remove image ${ref} (cannot be forced): it is mounted at ${path}, run "wharf image umount ${ref}" first`,
      { facts: { path } },
    );
  }
}

function toMount(row: Row): ImageMount {
  const { image_id: imageId, manifest: manifestDigest, reference, path, count } = row;
  return { imageId, manifestDigest, reference, path, count };
}
