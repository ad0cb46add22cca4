import type { Digest } from '@wharf/oci';
import type { Schema, State } from '../state/state.js';

export const leaseSchema: Schema = {
  noun: 'leases',
  migrations: [
    `CREATE TABLE leases (name TEXT PRIMARY KEY, expires_ms INTEGER NOT NULL) STRICT;
     CREATE TABLE lease_items (
       lease TEXT NOT NULL REFERENCES leases (name) ON DELETE CASCADE,
       digest TEXT NOT NULL,
       PRIMARY KEY (lease, digest)
     ) STRICT, WITHOUT ROWID`,
  ],
};

/** Unnamed work keeps what it fetched for a day, so that the next try finds it, also after a crash. */
export const leaseLifeMs = 24 * 60 * 60 * 1000;

/**
 * Durable claims on blobs and layers that no name reaches yet (R22: first the claim, then the bytes). A lease that
 * nobody renews expires, and its bytes go with the next collection.
 */
export interface Leases {
  /** Claims more for a lease, which it makes or renews. */
  hold(name: string, digests: readonly Digest[]): void;
  /** What it held is named now, or given up. Unknown names are fine. */
  release(name: string): void;
  /** Everything that an unexpired lease holds; expired ones are forgotten on the way. */
  held(): ReadonlySet<string>;
}

export function createLeases(state: State, now: () => number = Date.now): Leases {
  return {
    hold(name, digests) {
      state.transaction(({ db }) => {
        db.prepare(
          'INSERT INTO leases (name, expires_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET expires_ms = excluded.expires_ms',
        ).run(name, now() + leaseLifeMs);
        const add = db.prepare('INSERT OR IGNORE INTO lease_items (lease, digest) VALUES (?, ?)');
        for (const digest of digests) add.run(name, digest);
      });
    },
    release(name) {
      state.transaction(({ db }) => db.prepare('DELETE FROM leases WHERE name = ?').run(name));
    },
    held() {
      state.transaction(({ db }) =>
        db.prepare('DELETE FROM leases WHERE expires_ms <= ?').run(now()),
      );
      const rows = state.db.prepare('SELECT digest FROM lease_items').all() as { digest: string }[];
      return new Set(rows.map((row) => row.digest));
    },
  };
}
