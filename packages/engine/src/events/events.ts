import type { DatabaseSync } from 'node:sqlite';
import type { CallOptions, Event, EventFrame, Events, WatchQuery } from '@wharf/core';
import { eventFilter } from './filter.js';
import type { NewEvent } from '../state/state.js';
import { Notifier } from './notifier.js';
import { appendEvent } from './schema.js';

interface EventRow {
  readonly sequence: number;
  readonly time_ms: number;
  readonly type: string;
  readonly action: string;
  readonly actor: string;
  readonly attributes: string;
}

const pageSize = 500;

export interface EventLog extends Events {
  /** Tells every watcher that the log grew; called after each commit. */
  notify(): void;
  /** Appends to the log inside the running transaction. */
  append(db: DatabaseSync, event: NewEvent): bigint;
  /** How many of a type were appended since the start: as long as it stays nothing of that type has changed. */
  appended(type: Event['type']): number;
}

/** The event log over the state database. Watchers read pages by cursor, so that a slow one costs no memory. */
export function createEvents(db: () => DatabaseSync): EventLog {
  const grown = new Notifier();
  const counts = new Map<string, number>();
  return {
    notify: () => grown.notify(),
    append(to, event) {
      counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
      return appendEvent(to, event);
    },
    appended: (type) => counts.get(type) ?? 0,
    watch: (query, options) => watch(db(), grown, query, options),
  };
}

async function* watch(
  db: DatabaseSync,
  grown: Notifier,
  query: WatchQuery,
  { signal }: CallOptions,
): AsyncIterable<EventFrame> {
  const wanted = eventFilter(query.filters);
  const last = lastSequence(db);
  yield { kind: 'ready', lastSequence: last };
  let cursor = startCursor(db, query, last);
  const first = firstSequence(db);
  if (query.afterSequence !== undefined && first !== undefined && cursor + 1n < first) {
    yield { kind: 'lost', from: cursor + 1n, to: first - 1n };
  }
  const until = query.until?.getTime();
  const page = db.prepare('SELECT * FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?');
  while (!signal.aborted) {
    const ticket = grown.ticket();
    const rows = page.all(cursor, pageSize) as unknown as EventRow[];
    for (const row of rows) {
      cursor = BigInt(row.sequence);
      if (until !== undefined && row.time_ms > until) return;
      if (query.since !== undefined && row.time_ms < query.since.getTime()) continue;
      const event = toEvent(row);
      if (wanted(event)) yield { kind: 'event', event };
    }
    if (rows.length === pageSize) continue;
    if (until !== undefined && Date.now() >= until) return;
    await grown.wait(ticket, { signal, ...(until === undefined ? {} : { untilMs: until }) });
  }
}

function startCursor(db: DatabaseSync, query: WatchQuery, last: bigint): bigint {
  if (query.afterSequence !== undefined) return query.afterSequence;
  if (query.since === undefined) return query.until === undefined ? last : 0n;
  const row = db
    .prepare('SELECT min(sequence) AS s FROM events WHERE time_ms >= ?')
    .get(query.since.getTime()) as { s: number | null } | undefined;
  return row?.s == null ? last : BigInt(row.s) - 1n;
}

function lastSequence(db: DatabaseSync): bigint {
  const row = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'events'").get() as
    { seq: number } | undefined;
  return BigInt(row?.seq ?? 0);
}

function firstSequence(db: DatabaseSync): bigint | undefined {
  const row = db.prepare('SELECT min(sequence) AS s FROM events').get() as { s: number | null };
  return row.s === null ? undefined : BigInt(row.s);
}

function toEvent(row: EventRow): Event {
  return {
    sequence: BigInt(row.sequence),
    time: new Date(row.time_ms),
    type: row.type as Event['type'],
    action: row.action,
    actorId: row.actor,
    attributes: JSON.parse(row.attributes) as Record<string, string>,
  };
}
