import type { State } from '../../state/state.js';

/** Trees that no record of the cache is: contexts that came lately. */
export interface HeldTrees {
  /** At least until then, never shorter than before. Of a place only the newest is held. */
  hold(digest: string, untilMs: number, place?: string): void;
  release(digests: readonly string[]): void;
  /** Those whose time is not over; the others are forgotten on the way. */
  list(): readonly HeldTree[];
}

export interface HeldTree {
  readonly digest: string;
  readonly createdMs: number;
  readonly usedMs: number;
}

interface Row {
  readonly digest: string;
  readonly created_ms: number;
  readonly used_ms: number;
}

/** Trees are emptied after an unclean end of the machine. */
const soon = { lasting: false };

export function createHeldTrees(state: State, now: () => number): HeldTrees {
  return {
    hold(digest, untilMs, place = '') {
      state.transaction(({ db }) => {
        if (place !== '')
          db.prepare('DELETE FROM build_trees WHERE place = ? AND digest <> ?').run(place, digest);
        db.prepare(
          'INSERT INTO build_trees (digest, place, created_ms, used_ms, until_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET place = max(place, excluded.place), used_ms = excluded.used_ms, until_ms = max(until_ms, excluded.until_ms)',
        ).run(digest, place, now(), now(), untilMs);
      }, soon);
    },
    release(digests) {
      state.transaction(
        ({ db }) => {
          const drop = db.prepare('DELETE FROM build_trees WHERE digest = ?');
          for (const digest of digests) drop.run(digest);
        },
        { frees: true },
      );
    },
    list() {
      state.transaction(
        ({ db }) => db.prepare('DELETE FROM build_trees WHERE until_ms < ?').run(now()),
        { frees: true, lasting: false },
      );
      const rows = state.db.prepare('SELECT * FROM build_trees').all() as unknown as Row[];
      return rows.map(({ digest, created_ms, used_ms }) => ({
        digest,
        createdMs: created_ms,
        usedMs: used_ms,
      }));
    },
  };
}
