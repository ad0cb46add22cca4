import type { DatabaseSync } from 'node:sqlite';
import type { NewEvent, Schema } from '../state/state.js';

/** The event log. `sequence` is AUTOINCREMENT: never reused, not even after the newest rows went. */
export const eventSchema: Schema = {
  noun: 'events',
  migrations: [
    `CREATE TABLE events (
       sequence INTEGER PRIMARY KEY AUTOINCREMENT,
       time_ms INTEGER NOT NULL,
       type TEXT NOT NULL,
       action TEXT NOT NULL,
       actor TEXT NOT NULL,
       attributes TEXT NOT NULL
     ) STRICT;
     CREATE INDEX events_by_time ON events (time_ms);`,
  ],
};

/** Events kept; older ones go, and a cursor that points before them is told so. */
export const keptEvents = 100_000;

const trimEvery = 1000n;

/** Appends one event inside the caller's transaction and trims the log now and then. */
export function appendEvent(
  db: DatabaseSync,
  event: NewEvent,
  now: () => number = Date.now,
): bigint {
  const insert = db.prepare(
    'INSERT INTO events (time_ms, type, action, actor, attributes) VALUES (?, ?, ?, ?, ?)',
  );
  const { lastInsertRowid } = insert.run(
    now(),
    event.type,
    event.action,
    event.actorId,
    JSON.stringify(event.attributes),
  );
  const sequence = BigInt(lastInsertRowid);
  if (sequence % trimEvery === 0n) {
    db.prepare('DELETE FROM events WHERE sequence <= ?').run(sequence - BigInt(keptEvents));
  }
  return sequence;
}
