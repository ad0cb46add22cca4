import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestState } from '../testing/state.js';
import type { State } from '../../state/state.js';
import { createCacheEntries, type NewCacheEntry } from './records.js';

let root: string;
let state: State;
let nowMs = 1000;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-cache-'));
  state = openTestState(root);
  nowMs = 1_000_000;
});
afterEach(async () => {
  state.close();
  await rm(root, { recursive: true });
});

const digest = `sha256:${'a'.repeat(64)}`;

function entry(key: string, change: Partial<NewCacheEntry['definition']> = {}): NewCacheEntry {
  return {
    key,
    kind: 'tree',
    result: { kind: 'tree', digest },
    inputs: { inputs: [{ kind: 'command', name: '', value: key }], variables: [] },
    description: key,
    definition: {
      op: 'run',
      place: '.',
      stage: '',
      number: 1,
      text: 'RUN make',
      platform: 'linux/amd64',
      ...change,
    },
    size: 5,
    roots: [`root-of-${key}`],
  };
}

test('a result is found by its key, its roots go with it', () => {
  const entries = createCacheEntries(state, () => nowMs);
  entries.put(entry('one'));
  expect(entries.find('one')).toMatchObject({ result: { kind: 'tree', digest }, uses: 1 });
  expect(entries.roots()).toEqual(['root-of-one']);
  expect(entries.trees()).toEqual([digest]);
  nowMs += 120_000;
  entries.touch(['one']);
  expect(entries.find('one')).toMatchObject({ uses: 2, usedMs: nowMs });
  entries.remove(['one']);
  expect(entries.find('one')).toBeUndefined();
  expect(entries.roots()).toEqual([]);
});

test('a record that cannot be read is dropped, the others serve', () => {
  const entries = createCacheEntries(state, () => nowMs);
  for (const key of ['one', 'two', 'three']) entries.put(entry(key));
  state.db.exec(
    `UPDATE build_cache SET result = '{"kind":"layers","diffIds":["x"]}' WHERE key = 'one'`,
  );
  state.db.exec(`UPDATE build_cache SET result = 'nonsense', inputs = x'00' WHERE key = 'two'`);
  expect(entries.find('one')).toBeUndefined();
  expect(entries.inputs('two')).toBeUndefined();
  expect(entries.list().map(({ key }) => key)).toEqual(['three']);
  expect(entries.roots()).toEqual(['root-of-three']);
});

test.each([
  ['the same text at the same place', {}, 'here'],
  ['the same text elsewhere', { place: 'other' }, 'here'],
  ['the step of the same number', { text: 'RUN make all' }, 'here'],
  ['the same platform before others', { platform: 'linux/arm64' }, 'arm'],
])('the nearest record is that of %s', (_what, change, expected) => {
  const entries = createCacheEntries(state, () => nowMs);
  entries.put(entry('arm', { platform: 'linux/arm64' }));
  nowMs += 1;
  entries.put(entry('here'));
  nowMs += 1;
  entries.put(entry('copy', { op: 'copy' }));
  const found = entries.nearest(entry('', change).definition);
  expect(found?.inputs[0]?.value).toBe(expected);
});

test('without a record that is like it there is none', () => {
  const entries = createCacheEntries(state, () => nowMs);
  entries.put(entry('one'));
  expect(entries.nearest(entry('', { op: 'copy' }).definition)).toBeUndefined();
});
