import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { EventFrame } from '@wharf/core';
import { openState } from '../state/open.js';
import type { State } from '../state/state.js';
import { createEvents, type EventLog } from './events.js';
import { appendEvent, eventSchema } from './schema.js';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

function open(dir = mkdtempSync(join(tmpdir(), 'wharf-events-'))): {
  state: State;
  events: EventLog;
  dir: string;
} {
  if (!dirs.includes(dir)) dirs.push(dir);
  const events: EventLog = createEvents(() => state.db);
  const state: State = openState({
    path: join(dir, 'state.db'),
    schemas: [eventSchema],
    appendEvent,
    onCommitted: () => events.notify(),
  });
  return { state, events, dir };
}

function emit(state: State, action: string, name = 'a'): bigint {
  return state.transaction((tx) =>
    tx.emit({ type: 'container', action, actorId: 'ff00', attributes: { name, image: 'x' } }),
  );
}

async function take(frames: AsyncIterable<EventFrame>, count: number): Promise<EventFrame[]> {
  const seen: EventFrame[] = [];
  for await (const frame of frames) {
    seen.push(frame);
    if (seen.length === count) break;
  }
  return seen;
}

const actions = (frames: EventFrame[]): string[] =>
  frames.flatMap((frame) => (frame.kind === 'event' ? [frame.event.action] : [frame.kind]));

test('a watcher without a cursor sees only what comes after it', async () => {
  const { state, events } = open();
  emit(state, 'create');
  const seen = take(events.watch({}, { signal: AbortSignal.timeout(5000) }), 2);
  await new Promise((resolve) => setTimeout(resolve, 20));
  emit(state, 'start');
  expect(actions(await seen)).toEqual(['ready', 'start']);
  state.close();
});

test('a cursor resumes after the log was closed and opened again', async () => {
  const first = open();
  const sequence = emit(first.state, 'create');
  emit(first.state, 'start');
  first.state.close();
  const again = open(first.dir);
  emit(again.state, 'die');
  const seen = await take(
    again.events.watch({ afterSequence: sequence }, { signal: AbortSignal.timeout(5000) }),
    3,
  );
  expect(actions(seen)).toEqual(['ready', 'start', 'die']);
  again.state.close();
});

test('until ends the stream and filters select', async () => {
  const { state, events } = open();
  emit(state, 'create', 'a');
  emit(state, 'create', 'b');
  const query = { until: new Date(), filters: new Map([['container', ['b']]]) };
  const seen: EventFrame[] = [];
  for await (const frame of events.watch(query, { signal: AbortSignal.timeout(5000) }))
    seen.push(frame);
  expect(seen.flatMap((f) => (f.kind === 'event' ? [f.event.attributes['name']] : []))).toEqual([
    'b',
  ]);
  state.close();
});

test('a lost range is reported', async () => {
  const { state, events } = open();
  for (let i = 0; i < 5; i++) emit(state, `a${i}`);
  state.db.exec('DELETE FROM events WHERE sequence <= 3');
  const seen = await take(
    events.watch({ afterSequence: 1n }, { signal: AbortSignal.timeout(5000) }),
    3,
  );
  expect(seen[1]).toEqual({ kind: 'lost', from: 2n, to: 3n });
  expect(actions(seen)).toEqual(['ready', 'lost', 'a3']);
  state.close();
});

test('a transaction that throws leaves neither rows nor events', () => {
  const { state } = open();
  expect(() =>
    state.transaction((tx) => {
      tx.emit({ type: 'container', action: 'create', actorId: 'x', attributes: {} });
      throw new TypeError('no');
    }),
  ).toThrow('no');
  expect(state.db.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 0 });
  state.close();
});

test('state of a newer version is refused', () => {
  const { state, dir } = open();
  state.db.exec("UPDATE schema_versions SET version = 99 WHERE noun = 'events'");
  state.close();
  expect(() => open(dir)).toThrow('run a newer wharfd');
});
