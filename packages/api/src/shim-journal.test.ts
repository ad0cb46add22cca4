import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HealthStatus, type JournalEntry } from './gen/wharf/shim/v1/task.js';
import { encodeJournalLine, parseJournal, toTimestamp } from './shim-journal.js';

const int = fc.integer({ min: -1, max: 2 ** 31 - 1 });
const time = fc.integer({ min: 0, max: 4e12 }).map(toTimestamp);
const what: fc.Arbitrary<NonNullable<JournalEntry['what']>> = fc.oneof(
  fc
    .record({
      pid: int,
      startTicks: fc.bigInt(0n, 2n ** 64n - 1n),
      restartCount: int,
      bootId: fc.string(),
    })
    .map((value) => ({ $case: 'started' as const, value })),
  fc
    .record({ exitCode: int, oomKilled: fc.boolean(), error: fc.string() })
    .map((value) => ({ $case: 'exited' as const, value })),
  fc
    .record({
      exitCode: int,
      oomKilled: fc.boolean(),
      error: fc.string(),
      restartDelayMillis: fc.bigInt(0n, 2n ** 62n),
    })
    .map((value) => ({ $case: 'exited' as const, value })),
  fc
    .record({
      status: fc.constantFrom(HealthStatus.STARTING, HealthStatus.HEALTHY, HealthStatus.UNHEALTHY),
      failingStreak: int,
      start: time,
      end: time,
      exitCode: int,
      output: fc.string({ unit: 'binary' }),
    })
    .map((value) => ({ $case: 'health' as const, value })),
  fc.constant({ $case: 'oom' as const, value: {} }),
  fc
    .record({ execId: fc.string(), exitCode: int })
    .map((value) => ({ $case: 'execExited' as const, value })),
);
const entry = fc.record({ sequence: fc.bigInt(1n, 2n ** 64n - 1n), time, what });

test('entries come back as they were written', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
      expect(parseJournal(entries.map(encodeJournalLine).join(''))).toEqual(entries);
    }),
  );
});

test('garbage between the lines is left out', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (lines) => {
      expect(Array.isArray(parseJournal(lines.join('\n')))).toBe(true);
    }),
  );
});
