import type { DatabaseSync } from 'node:sqlite';
import type { State } from './state.js';

const places = ['snapshots', 'blobs'];

/** In a database without tables, which is a new one, the places are still to be looked at; all in one transaction. */
export function prepareStrangers(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const isNew = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
    db.exec(
      `CREATE TABLE IF NOT EXISTS unseen_places (place TEXT PRIMARY KEY) STRICT;
       CREATE TABLE IF NOT EXISTS strangers (place TEXT, name TEXT, PRIMARY KEY (place, name)) STRICT, WITHOUT ROWID`,
    );
    const add = db.prepare('INSERT INTO unseen_places (place) VALUES (?)');
    if (isNew) for (const place of places) add.run(place);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

export function strangers(
  db: DatabaseSync,
  transaction: State['transaction'],
): Pick<State, 'strangers' | 'noteStrangers'> {
  return {
    strangers(place) {
      const rows = db.prepare('SELECT name FROM strangers WHERE place = ?').all(place);
      return new Set((rows as { name: string }[]).map(({ name }) => name));
    },
    noteStrangers(place, names) {
      const unseen = db.prepare('SELECT 1 FROM unseen_places WHERE place = ?').get(place);
      if (unseen === undefined) return;
      transaction(() => {
        const add = db.prepare('INSERT OR IGNORE INTO strangers (place, name) VALUES (?, ?)');
        for (const name of names) add.run(place, name);
        db.prepare('DELETE FROM unseen_places WHERE place = ?').run(place);
      });
    },
  };
}
