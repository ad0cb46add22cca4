import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { HealthStatus, parseJournal } from '@wharf/api/shim';
import { expect, test } from 'vitest';
import { FakeClock, temporaryDirectory } from '../testing.js';
import { Journal, type Happening } from './journal.js';

const oom: Happening = { $case: 'oom', value: {} };
const exited = (exitCode: number): Happening => ({
  $case: 'exited',
  value: { exitCode, oomKilled: false, error: '', restartDelayMillis: 100n },
});
const probe: Happening = {
  $case: 'health',
  value: {
    status: HealthStatus.HEALTHY,
    failingStreak: 0,
    start: undefined,
    end: undefined,
    exitCode: 0,
    output: 'x'.repeat(4096),
  },
};

test('numbers go on over a restart of the writer and behind a torn line', () => {
  using directory = temporaryDirectory();
  const path = directory.at('journal');
  const first = new Journal(path, new FakeClock());
  first.record(oom);
  first.record(exited(3));
  first.close();
  appendFileSync(path, '{"sequence":"3","ti');
  const second = new Journal(path, new FakeClock());
  expect(second.lastSequence).toBe(2n);
  second.record(exited(4));
  expect(second.after(0n).map((entry) => entry.sequence)).toEqual([1n, 2n, 3n]);
  expect(second.after(2n)).toMatchObject([
    { what: { value: { exitCode: 4, restartDelayMillis: 100n } } },
  ]);
  second.close();
});

test('a journal cut anywhere keeps every whole line', () => {
  using directory = temporaryDirectory();
  const path = directory.at('journal');
  const journal = new Journal(path, new FakeClock());
  for (let i = 0; i < 3; i++) journal.record(exited(i));
  journal.close();
  const bytes = readFileSync(path);
  for (let length = 0; length <= bytes.length; length++) {
    const whole = bytes.subarray(0, length).toString().split('\n').length - 1;
    writeFileSync(path, bytes.subarray(0, length));
    const count = parseJournal(readFileSync(path, 'utf8')).length;
    expect([whole, whole + 1]).toContain(count);
  }
});

test('watchers are told of what is published, not of what is appended', () => {
  using directory = temporaryDirectory();
  const journal = new Journal(directory.at('journal'), new FakeClock());
  const seen: bigint[] = [];
  const stop = journal.watch((entry) => seen.push(entry.sequence));
  const entry = journal.append(oom);
  expect(seen).toEqual([]);
  journal.publish(entry);
  stop();
  journal.record(oom);
  expect(seen).toEqual([1n]);
  journal.close();
});

test('the file stays below its limit, keeps the newest of each sort, and numbers go on', () => {
  using directory = temporaryDirectory();
  const path = directory.at('journal');
  const journal = new Journal(path, new FakeClock());
  journal.record(exited(7));
  for (let i = 0; i < 700; i++) {
    journal.record(probe);
    expect(statSync(path).size).toBeLessThan(1024 * 1024 + 8192);
  }
  journal.record(oom);
  const entries = journal.after(0n);
  expect(entries[0]).toMatchObject({ sequence: 1n, what: { value: { exitCode: 7 } } });
  expect(entries.at(-1)?.sequence).toBe(702n);
  expect(entries.length).toBeLessThan(300);
  journal.close();
});

test('watchers are told in the order of the numbers, whichever is published first', () => {
  using directory = temporaryDirectory();
  const journal = new Journal(directory.at('journal'), new FakeClock());
  const seen: bigint[] = [];
  journal.watch((entry) => seen.push(entry.sequence));
  const end = journal.append(exited(137));
  journal.record(oom);
  expect(seen).toEqual([]);
  expect(journal.after(0n)).toEqual([]);
  journal.publish(end);
  expect(seen).toEqual([1n, 2n]);
  journal.close();
});
