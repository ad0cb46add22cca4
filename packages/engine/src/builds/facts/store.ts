import { ResourceExhaustedError } from '@wharf/core';
import type { State } from '../../state/state.js';
import type { CacheFacts } from './cache-facts.js';

const maxBytes = 64 * 1024;
const maxFacts = 10_000;
/** Asked for anew where it is missing. */
const soon = { lasting: false };

export function createCacheFacts(state: State, now: () => number): CacheFacts {
  return {
    get(key) {
      const row = state.db.prepare('SELECT value FROM build_facts WHERE key = ?').get(key);
      return (row as { value: string } | undefined)?.value;
    },
    set(key, value) {
      if (Buffer.byteLength(key) + Buffer.byteLength(value) > maxBytes)
        throw new ResourceExhaustedError(
          `a fact of the build cache has more than ${maxBytes} bytes`,
        );
      state.transaction(({ db }) => {
        db.prepare(
          'INSERT INTO build_facts (key, value, used) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, used = excluded.used',
        ).run(key, value, now());
        db.prepare(
          'DELETE FROM build_facts WHERE key IN (SELECT key FROM build_facts ORDER BY used DESC, rowid DESC LIMIT -1 OFFSET ?)',
        ).run(maxFacts);
      }, soon);
    },
    delete: (key) =>
      state.transaction(
        ({ db }) => void db.prepare('DELETE FROM build_facts WHERE key = ?').run(key),
      ),
  };
}
