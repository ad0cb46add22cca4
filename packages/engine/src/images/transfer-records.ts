import type { Digest, LayerCompression } from '@wharf/oci';
import type { BlobIdentity } from '../content/content.js';
import type { Schema, State } from '../state/state.js';
import type { Repository } from './ports.js';

export const transferSchema: Schema = {
  noun: 'transfers',
  migrations: [
    `CREATE TABLE layer_variants (
       digest TEXT NOT NULL,
       compression TEXT NOT NULL,
       variant TEXT NOT NULL,
       size INTEGER NOT NULL,
       PRIMARY KEY (digest, compression)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE blob_sources (
       digest TEXT NOT NULL,
       domain TEXT NOT NULL,
       repository TEXT NOT NULL,
       seen_ms INTEGER NOT NULL,
       PRIMARY KEY (digest, domain, repository)
     ) STRICT, WITHOUT ROWID`,
  ],
};

/** What was learnt while moving blobs, to save work the next time. All of it may be wrong by now: it is a hint. */
export interface TransferRecords {
  /** The same layer, compressed in another way. */
  variant(digest: Digest, compression: LayerCompression): BlobIdentity | undefined;
  addVariant(digest: Digest, compression: LayerCompression, variant: BlobIdentity): void;
  /** Repositories of a registry that had the blob when last seen, newest first, at most 3. */
  sources(digest: Digest, domain: string): readonly Repository[];
  addSources(digests: readonly Digest[], repository: Repository): void;
}

const offered = 3;

export function createTransferRecords(state: State, now: () => number = Date.now): TransferRecords {
  return {
    variant(digest, compression) {
      const row = state.db
        .prepare('SELECT variant, size FROM layer_variants WHERE digest = ? AND compression = ?')
        .get(digest, compression) as { variant: Digest; size: number } | undefined;
      return row && { digest: row.variant, size: row.size };
    },
    addVariant(digest, compression, variant) {
      state.transaction(
        ({ db }) =>
          db
            .prepare(
              'INSERT OR REPLACE INTO layer_variants (digest, compression, variant, size) VALUES (?, ?, ?, ?)',
            )
            .run(digest, compression, variant.digest, variant.size),
        { lasting: false },
      );
    },
    sources(digest, domain) {
      const rows = state.db
        .prepare(
          'SELECT domain, repository AS path FROM blob_sources WHERE digest = ? AND domain = ? ORDER BY seen_ms DESC LIMIT ?',
        )
        .all(digest, domain, offered) as unknown as Repository[];
      return rows.map(({ domain: host, path }) => ({ domain: host, path }));
    },
    addSources(digests, { domain, path }) {
      state.transaction(({ db }) => {
        const add = db.prepare(
          'INSERT OR REPLACE INTO blob_sources (digest, domain, repository, seen_ms) VALUES (?, ?, ?, ?)',
        );
        const trim = db.prepare(
          'DELETE FROM blob_sources WHERE digest = ?1 AND domain = ?2 AND repository NOT IN (SELECT repository FROM blob_sources WHERE digest = ?1 AND domain = ?2 ORDER BY seen_ms DESC LIMIT ?3)',
        );
        for (const digest of digests) {
          add.run(digest, domain, path, now());
          trim.run(digest, domain, offered);
        }
      });
    },
  };
}
