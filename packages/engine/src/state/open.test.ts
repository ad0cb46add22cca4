import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendEvent, eventSchema } from '../events/schema.js';
import { openState } from './open.js';
import type { State } from './state.js';

let root: string;
let state: State;
let ballast: number;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-state-'));
  ballast = 1;
  state = openState({
    path: join(root, 'state.db'),
    schemas: [eventSchema],
    appendEvent,
    onCommitted: () => undefined,
    ballast: { release: () => ballast-- > 0 },
  });
  state.db.exec('PRAGMA max_page_count = 64');
});
afterEach(async () => {
  state.close();
  await rm(root, { recursive: true });
});

/** Fills the database, whose size is limited, as a full disk would. */
function fill(): void {
  const large = { large: 'x'.repeat(8000) };
  const emit = () =>
    state.transaction((tx) =>
      tx.emit({ type: 'image', action: 'tag', actorId: '', attributes: large }),
    );
  for (let at = 0; at < 64; at++) emit();
}

test('a full disk takes nothing of the ballast for what adds to it', () => {
  expect(fill).toThrow('full');
  expect(ballast).toBe(1);
});

test('what frees room is done a second time with that of the ballast, and no third', () => {
  expect(fill).toThrow('full');
  let tries = 0;
  const large = { large: 'x'.repeat(8000) };
  const remove = () =>
    state.transaction(
      (tx) => {
        if (++tries === 2) state.db.exec('DELETE FROM events');
        return tx.emit({ type: 'image', action: 'untag', actorId: '', attributes: large });
      },
      { frees: true },
    );
  remove();
  expect([tries, ballast]).toEqual([2, 0]);
  expect(fill).toThrow('full');
  tries = 2;
  expect(remove).toThrow('full');
});

test('the disk is waited for, but where nothing has to last', () => {
  const level = () => state.db.prepare('PRAGMA synchronous').get();
  state.transaction(() => expect(level()).toEqual({ synchronous: 2 }));
  state.transaction(() => expect(level()).toEqual({ synchronous: 1 }), { lasting: false });
  const fails = () => {
    throw new RangeError('no');
  };
  expect(() => state.transaction(fails, { lasting: false })).toThrow('no');
  state.transaction(() => expect(level()).toEqual({ synchronous: 2 }));
});

test('a statement is compiled once, and works inside of another that it is like', () => {
  const sql = 'SELECT ? AS number';
  const statement = state.db.prepare(sql);
  expect(state.db.prepare(sql)).toBe(statement);
  expect(statement.all(1).map(() => state.db.prepare(sql).get(2))).toEqual([{ number: 2 }]);
});

test('a new database notes once what another one has left, also where it is killed before', () => {
  const open = (name: string): State =>
    openState({
      path: join(root, name),
      schemas: [eventSchema],
      appendEvent,
      onCommitted: () => undefined,
    });
  open('new.db').close();
  const again = open('new.db');
  again.noteStrangers('blobs', ['a', 'b']);
  again.noteStrangers('blobs', ['c']);
  expect([...again.strangers('blobs')]).toEqual(['a', 'b']);
  again.close();
  const later = open('new.db');
  later.noteStrangers('snapshots', []);
  later.noteStrangers('snapshots', ['d']);
  expect([...later.strangers('snapshots')]).toEqual([]);
  later.close();
});

test('a database that an earlier wharfd has made takes nothing for that of another', () => {
  state.db.exec('DROP TABLE unseen_places; DROP TABLE strangers');
  state.close();
  state = openState({
    path: join(root, 'state.db'),
    schemas: [eventSchema],
    appendEvent,
    onCommitted: () => undefined,
  });
  state.noteStrangers('blobs', ['a']);
  expect(state.strangers('blobs').size).toBe(0);
});
