import type { Digest } from '@wharf/oci';
import type { Schema, State, Transaction } from '../state/state.js';

export const imageSchema: Schema = {
  noun: 'images',
  migrations: [
    `CREATE TABLE images (
       manifest_digest TEXT PRIMARY KEY,
       manifest_type TEXT NOT NULL,
       config_digest TEXT NOT NULL,
       platform TEXT NOT NULL,
       added_ms INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX images_by_config ON images (config_digest);
     CREATE TABLE image_names (
       name TEXT PRIMARY KEY,
       manifest_digest TEXT NOT NULL REFERENCES images (manifest_digest)
     ) STRICT;
     CREATE TABLE image_digests (
       repository TEXT NOT NULL,
       target_digest TEXT NOT NULL,
       manifest_digest TEXT NOT NULL REFERENCES images (manifest_digest) ON DELETE CASCADE,
       PRIMARY KEY (repository, target_digest)
     ) STRICT`,
  ],
};

/** One runnable image: a manifest of one platform whose layers are unpacked. */
export interface ImageRecord {
  readonly manifestDigest: Digest;
  readonly manifestType: string;
  readonly configDigest: Digest;
  readonly platform: string;
  readonly addedMs: number;
  /** Canonical names with tag (docker.io/library/busybox:latest). */
  readonly names: readonly string[];
  /** Canonical repository and the digest that it was pulled by (of the index, if there was one). */
  readonly digests: readonly { readonly repository: string; readonly target: Digest }[];
}

interface Row {
  readonly manifest_digest: Digest;
  readonly manifest_type: string;
  readonly config_digest: Digest;
  readonly platform: string;
  readonly added_ms: number;
}

export type NewImage = Omit<ImageRecord, 'names' | 'digests' | 'addedMs'>;

/** The image tables. Callers of the writing half hold a transaction. */
export interface ImageRecords {
  all(): readonly ImageRecord[];
  byManifest(digest: string): ImageRecord | undefined;
  byName(canonicalName: string): ImageRecord | undefined;
  byTarget(repository: string, target: string): ImageRecord | undefined;
  /** Images whose config digest begins with `sha256:<hex>`. */
  byIdPrefix(hexPrefix: string): readonly ImageRecord[];
  add(tx: Transaction, image: NewImage): void;
  setName(tx: Transaction, canonicalName: string, manifest: Digest): void;
  removeName(tx: Transaction, canonicalName: string): void;
  setDigest(tx: Transaction, repository: string, target: Digest, manifest: Digest): void;
  removeDigest(tx: Transaction, repository: string, target: Digest): void;
  remove(tx: Transaction, manifest: Digest): void;
}

export function createImageRecords(state: State): ImageRecords {
  const select = (where: string, ...values: string[]): readonly ImageRecord[] =>
    (state.db.prepare(`SELECT * FROM images ${where}`).all(...values) as unknown as Row[]).map(
      (row) => complete(state, row),
    );
  return {
    all: () => select('ORDER BY added_ms DESC'),
    byManifest: (digest) => select('WHERE manifest_digest = ?', digest)[0],
    byName: (name) =>
      select(
        'WHERE manifest_digest = (SELECT manifest_digest FROM image_names WHERE name = ?)',
        name,
      )[0],
    byTarget: (repository, target) =>
      select(
        'WHERE manifest_digest = (SELECT manifest_digest FROM image_digests WHERE repository = ? AND target_digest = ?)',
        repository,
        target,
      )[0],
    byIdPrefix: (hex) => select('WHERE config_digest GLOB ?', `sha256:${hex}*`),
    add(tx, image) {
      tx.db
        .prepare(
          'INSERT INTO images (manifest_digest, manifest_type, config_digest, platform, added_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
        )
        .run(
          image.manifestDigest,
          image.manifestType,
          image.configDigest,
          image.platform,
          Date.now(),
        );
    },
    setName(tx, name, manifest) {
      tx.db
        .prepare(
          'INSERT INTO image_names (name, manifest_digest) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET manifest_digest = excluded.manifest_digest',
        )
        .run(name, manifest);
    },
    removeName: (tx, name) =>
      void tx.db.prepare('DELETE FROM image_names WHERE name = ?').run(name),
    setDigest(tx, repository, target, manifest) {
      tx.db
        .prepare(
          'INSERT INTO image_digests (repository, target_digest, manifest_digest) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET manifest_digest = excluded.manifest_digest',
        )
        .run(repository, target, manifest);
    },
    removeDigest(tx, repository, target) {
      tx.db
        .prepare('DELETE FROM image_digests WHERE repository = ? AND target_digest = ?')
        .run(repository, target);
    },
    remove(tx, manifest) {
      tx.db.prepare('DELETE FROM image_names WHERE manifest_digest = ?').run(manifest);
      tx.db.prepare('DELETE FROM images WHERE manifest_digest = ?').run(manifest);
    },
  };
}

function complete({ db }: State, row: Row): ImageRecord {
  const names = db
    .prepare('SELECT name FROM image_names WHERE manifest_digest = ? ORDER BY name')
    .all(row.manifest_digest) as { name: string }[];
  const digests = db
    .prepare(
      'SELECT repository, target_digest AS target FROM image_digests WHERE manifest_digest = ? ORDER BY repository',
    )
    .all(row.manifest_digest) as { repository: string; target: Digest }[];
  return {
    manifestDigest: row.manifest_digest,
    manifestType: row.manifest_type,
    configDigest: row.config_digest,
    platform: row.platform,
    addedMs: row.added_ms,
    names: names.map(({ name }) => name),
    digests,
  };
}
