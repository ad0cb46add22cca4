import type { State } from '../../state/state.js';

/** Trees that no record of the cache is: contexts that came lately. */
export interface HeldTrees {
  /** At least until then, never shorter than before. */
  hold(digest: string, untilMs: number): void;
  release(digests: readonly string[]): void;
  /** Those whose time is not over; the others are forgotten on the way. */
  list(): readonly string[];
}

export function createHeldTrees(state: State, now: () => number): HeldTrees {
  return {
    hold(digest, untilMs) {
      state.transaction(({ db }) =>
        db
          .prepare(
            'INSERT INTO build_trees (digest, until_ms) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)',
          )
          .run(digest, untilMs),
      );
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
        { frees: true },
      );
      const rows = state.db.prepare('SELECT digest FROM build_trees').all();
      return (rows as { digest: string }[]).map(({ digest }) => digest);
    },
  };
}
