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
 * Claims on blobs and layers that no name reaches yet (R22: first the claim, then the bytes). A lease that nobody renews
 * expires, and its bytes go with the next collection.
 */
export interface Leases {
  /** Claims more for a lease, which it makes or renews. */
  hold(name: string, digests: readonly Digest[], options?: LeaseOptions): void;
  /** For those that are still worked under. Unknown names are fine. */
  renew(names: Iterable<string>): void;
  /** What it held is named now, or given up. Unknown names are fine. */
  release(name: string, options?: LeaseOptions): void;
  /** Everything that an unexpired lease holds; expired ones are forgotten on the way. */
  held(): ReadonlySet<string>;
}

/** The same for all calls about a lease. */
export interface LeaseOptions {
  /** Default true: it outlives the daemon. */
  readonly lasting?: boolean;
}

const freeing = { frees: true };

export function createLeases(state: State, now: () => number = Date.now): Leases {
  const passing = new Map<string, Set<string>>();
  return {
    hold(name, digests, { lasting = true } = {}) {
      if (!lasting) {
        const held = passing.get(name) ?? new Set();
        passing.set(name, held);
        for (const digest of digests) held.add(digest);
        return;
      }
      state.transaction(({ db }) => {
        db.prepare(
          'INSERT INTO leases (name, expires_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET expires_ms = excluded.expires_ms',
        ).run(name, now() + leaseLifeMs);
        const add = db.prepare('INSERT OR IGNORE INTO lease_items (lease, digest) VALUES (?, ?)');
        for (const digest of digests) add.run(name, digest);
      });
    },
    renew(names) {
      // Only what is half over: a collection writes nothing when it need not.
      const due = now() + leaseLifeMs / 2;
      const aging = state.db.prepare('SELECT name FROM leases WHERE expires_ms < ?').all(due);
      const old = new Set((aging as { name: string }[]).map(({ name }) => name));
      const named = [...names].filter((name) => old.has(name));
      if (named.length === 0) return;
      state.transaction(({ db }) => {
        const renew = db.prepare('UPDATE leases SET expires_ms = ? WHERE name = ?');
        for (const name of named) renew.run(now() + leaseLifeMs, name);
      }, freeing);
    },
    release(name, { lasting = true } = {}) {
      if (!lasting) {
        passing.delete(name);
        return;
      }
      state.transaction(
        ({ db }) => db.prepare('DELETE FROM leases WHERE name = ?').run(name),
        freeing,
      );
    },
    held() {
      state.transaction(
        ({ db }) => db.prepare('DELETE FROM leases WHERE expires_ms <= ?').run(now()),
        freeing,
      );
      const rows = state.db.prepare('SELECT digest FROM lease_items').all() as { digest: string }[];
      const held = new Set(rows.map((row) => row.digest));
      for (const digests of passing.values()) for (const digest of digests) held.add(digest);
      return held;
    },
  };
}
