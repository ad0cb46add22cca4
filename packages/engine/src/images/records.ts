import type { Digest } from '@wharf/oci';
import type { State, Transaction } from '../state/state.js';

/** One platform of an image: a manifest whose blobs are all here. */
export interface ManifestRecord {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly configDigest: Digest;
  /** `os/architecture[/variant]` as its config says. */
  readonly platform: string;
  /** All layers are unpacked: containers can be made from it. */
  readonly unpacked: boolean;
  readonly addedMs: number;
}

/** An image as people see it: what names point at, an index or a single manifest. Without names it is dangling. */
export interface TargetRecord {
  readonly digest: Digest;
  /** Empty where only the document says it (indexes that came before this was recorded). */
  readonly mediaType: string;
  readonly kind: 'index' | 'manifest';
  readonly addedMs: number;
  readonly usedMs: number;
  /** When a name was last given to it; 0 when none was, or before this was recorded. */
  readonly taggedMs: number;
  /** Canonical names with tag (docker.io/library/busybox:latest), sorted. */
  readonly names: readonly string[];
  /** Canonical repositories by whose name and digest it can be had again, sorted. */
  readonly repositories: readonly string[];
  /** Those of its platforms that are here, oldest first; for a manifest itself. */
  readonly manifests: readonly ManifestRecord[];
}

export type NewManifest = Omit<ManifestRecord, 'addedMs'>;
export type NewTarget = Pick<TargetRecord, 'digest' | 'mediaType' | 'kind'>;

/** The image tables. Callers of the writing half hold a transaction. */
export interface ImageRecords {
  /** Newest first. */
  targets(): readonly TargetRecord[];
  target(digest: string): TargetRecord | undefined;
  byName(canonicalName: string): TargetRecord | undefined;
  /** Targets whose own digest begins with `sha256:<hex>`. */
  targetsByPrefix(hex: string): readonly TargetRecord[];
  /** Targets with a manifest whose digest, or the digest of whose config, begins with `sha256:<hex>`. */
  holdersByPrefix(hex: string): readonly TargetRecord[];
  /** Targets that a manifest is, or is a part of. */
  holders(manifest: string): readonly TargetRecord[];
  manifest(digest: string): ManifestRecord | undefined;
  manifests(): readonly ManifestRecord[];
  addTarget(tx: Transaction, target: NewTarget): void;
  /** Adds the manifest or completes what is known of it, as a part of the target. */
  addMember(tx: Transaction, target: Digest, manifest: NewManifest): void;
  removeMember(tx: Transaction, target: Digest, manifest: Digest): void;
  /** Tells who had the name before, if it was another. */
  setName(tx: Transaction, canonicalName: string, target: Digest): Digest | undefined;
  removeName(tx: Transaction, canonicalName: string): void;
  addRepository(tx: Transaction, repository: string, target: Digest): void;
  removeRepository(tx: Transaction, repository: string, target: Digest): void;
  /** Forgets the target with its names. Its manifests stay until nothing needs them. */
  removeTarget(tx: Transaction, target: Digest): void;
  /** Forgets a manifest that is no part of anything. */
  removeManifest(tx: Transaction, manifest: Digest): void;
  touch(tx: Transaction, target: Digest, ms: number): void;
}

interface TargetRow {
  readonly digest: Digest;
  readonly media_type: string;
  readonly kind: 'index' | 'manifest';
  readonly added_ms: number;
  readonly used_ms: number;
  readonly tagged_ms: number;
}

interface ManifestRow {
  readonly digest: Digest;
  readonly media_type: string;
  readonly config_digest: Digest;
  readonly platform: string;
  readonly unpacked: number;
  readonly added_ms: number;
}

export interface ImageRecordsOptions {
  readonly now?: () => number;
  /** An image came or changed; called within its transaction. */
  readonly onAdded?: () => void;
}

export function createImageRecords(
  state: State,
  { now = Date.now, onAdded }: ImageRecordsOptions = {},
): ImageRecords {
  return { ...readers(state), ...writers(now, onAdded) };
}

type Writers =
  | 'addTarget'
  | 'addMember'
  | 'removeMember'
  | 'setName'
  | 'removeName'
  | 'addRepository'
  | 'removeRepository'
  | 'removeTarget'
  | 'removeManifest'
  | 'touch';

function readers(state: State): Omit<ImageRecords, Writers> {
  const targets = (where: string, ...values: string[]): readonly TargetRecord[] =>
    rows<TargetRow>(state, `SELECT * FROM image_targets ${where}`, ...values).map((row) =>
      complete(state, row),
    );
  const manifests = (rest: string, ...values: string[]): readonly ManifestRecord[] =>
    rows<ManifestRow>(state, `SELECT m.* FROM image_manifests m ${rest}`, ...values).map(
      toManifest,
    );
  const newest = 'ORDER BY added_ms DESC, digest';
  const holding = (where: string): string =>
    `WHERE digest IN (SELECT target FROM image_members JOIN image_manifests m ON m.digest = manifest WHERE ${where}) ${newest}`;
  return {
    targets: () => targets(newest),
    target: (digest) => targets('WHERE digest = ?', digest)[0],
    byName: (name) =>
      targets('WHERE digest = (SELECT target FROM image_target_names WHERE name = ?)', name)[0],
    targetsByPrefix: (hex) => targets(`WHERE digest GLOB ? ${newest}`, `sha256:${hex}*`),
    holdersByPrefix: (hex) =>
      targets(holding('m.config_digest GLOB ?1 OR m.digest GLOB ?1'), `sha256:${hex}*`),
    holders: (manifest) => targets(holding('m.digest = ?'), manifest),
    manifest: (digest) => manifests('WHERE m.digest = ?', digest)[0],
    manifests: () => manifests(''),
  };
}

function writers(now: () => number, onAdded?: () => void): Pick<ImageRecords, Writers> {
  return {
    addTarget(tx, { digest, mediaType, kind }) {
      tx.db
        .prepare(
          `INSERT INTO image_targets (digest, media_type, kind, added_ms, used_ms) VALUES (?, ?, ?, ?4, ?4)
           ON CONFLICT (digest) DO UPDATE SET media_type = excluded.media_type, used_ms = excluded.used_ms`,
        )
        .run(digest, mediaType, kind, now());
      onAdded?.();
    },
    addMember(tx, target, { digest, mediaType, configDigest, platform, unpacked }) {
      tx.db
        .prepare(
          `INSERT INTO image_manifests (digest, media_type, config_digest, platform, unpacked, added_ms)
           VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET unpacked = max(unpacked, excluded.unpacked)`,
        )
        .run(digest, mediaType, configDigest, platform, unpacked ? 1 : 0, now());
      tx.db
        .prepare('INSERT OR IGNORE INTO image_members (target, manifest) VALUES (?, ?)')
        .run(target, digest);
    },
    removeMember: (tx, target, manifest) =>
      void tx.db
        .prepare('DELETE FROM image_members WHERE target = ? AND manifest = ?')
        .run(target, manifest),
    setName(tx, name, target) {
      const before = tx.db
        .prepare('SELECT target FROM image_target_names WHERE name = ?')
        .get(name) as { target: Digest } | undefined;
      tx.db
        .prepare(
          'INSERT INTO image_target_names (name, target) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET target = excluded.target',
        )
        .run(name, target);
      tx.db.prepare('UPDATE image_targets SET tagged_ms = ? WHERE digest = ?').run(now(), target);
      return before?.target === target ? undefined : before?.target;
    },
    removeName: (tx, name) =>
      void tx.db.prepare('DELETE FROM image_target_names WHERE name = ?').run(name),
    addRepository: (tx, repository, target) =>
      void tx.db
        .prepare(
          'INSERT OR IGNORE INTO image_repository_digests (repository, target) VALUES (?, ?)',
        )
        .run(repository, target),
    removeRepository: (tx, repository, target) =>
      void tx.db
        .prepare('DELETE FROM image_repository_digests WHERE repository = ? AND target = ?')
        .run(repository, target),
    removeTarget(tx, target) {
      tx.db.prepare('DELETE FROM image_target_names WHERE target = ?').run(target);
      tx.db.prepare('DELETE FROM image_targets WHERE digest = ?').run(target);
    },
    removeManifest: (tx, manifest) =>
      void tx.db.prepare('DELETE FROM image_manifests WHERE digest = ?').run(manifest),
    touch: (tx, target, ms) =>
      void tx.db.prepare('UPDATE image_targets SET used_ms = ? WHERE digest = ?').run(ms, target),
  };
}

function rows<T>(state: State, sql: string, ...values: string[]): T[] {
  return state.db.prepare(sql).all(...values) as unknown as T[];
}

function complete(state: State, row: TargetRow): TargetRecord {
  const { digest } = row;
  const names = rows<{ name: string }>(
    state,
    'SELECT name FROM image_target_names WHERE target = ? ORDER BY name',
    digest,
  );
  const repositories = rows<{ repository: string }>(
    state,
    'SELECT repository FROM image_repository_digests WHERE target = ? ORDER BY repository',
    digest,
  );
  const manifests = rows<ManifestRow>(
    state,
    'SELECT m.* FROM image_members JOIN image_manifests m ON m.digest = manifest WHERE target = ? ORDER BY m.added_ms, m.digest',
    digest,
  );
  return {
    digest,
    mediaType: row.media_type,
    kind: row.kind,
    addedMs: row.added_ms,
    usedMs: row.used_ms,
    taggedMs: row.tagged_ms,
    names: names.map(({ name }) => name),
    repositories: repositories.map(({ repository }) => repository),
    manifests: manifests.map(toManifest),
  };
}

function toManifest(row: ManifestRow): ManifestRecord {
  return {
    digest: row.digest,
    mediaType: row.media_type,
    configDigest: row.config_digest,
    platform: row.platform,
    unpacked: row.unpacked === 1,
    addedMs: row.added_ms,
  };
}
