import { isWharfError } from '@wharf/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nanosBeyond, parseMoment } from './moment.js';

const now = new Date('2026-01-31T12:00:00Z');

test.each([
  ['10m', '2026-01-31T11:50:00.000Z'],
  ['1h30m', '2026-01-31T10:30:00.000Z'],
  ['0s', '2026-01-31T12:00:00.000Z'],
  ['-1h', '2026-01-31T13:00:00.000Z'],
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
  ['2026-01-02T03:04:05.123456789+02:00', '2026-01-02T01:04:05.123Z'],
  ['2026-01-02T03:04Z', '2026-01-02T03:04:00.000Z'],
  ['10', '1970-01-01T00:00:10.000Z'],
  ['1767322800', '2026-01-02T03:00:00.000Z'],
  ['1767322800.5', '2026-01-02T03:00:00.500Z'],
  ['0', '1970-01-01T00:00:00.000Z'],
])('%s', (text, moment) => {
  expect(parseMoment(text, now).toISOString()).toBe(moment);
});

test('without a zone the local one is meant', () => {
  expect(parseMoment('2026-01-02', now)).toEqual(new Date(2026, 0, 2));
  expect(parseMoment('2026-01-02T03:04:05', now)).toEqual(new Date(2026, 0, 2, 3, 4, 5));
});

test.each(['', 'yesterday', '2026-13-01', '2026-01-02T25:00:00Z', '1e3'])('%j', (text) => {
  expect(() => parseMoment(text, now)).toThrow(/invalid time/);
});

test('any text is a moment or refused', () => {
  const digits = fc.string({
    unit: fc.constantFrom('0', '9', '-', ':', 'T', 'Z', '.', 'h', 's', '+'),
  });
  fc.assert(
    fc.property(fc.oneof(digits, fc.string()), (text) => {
      try {
        expect(parseMoment(text, now)).toBeInstanceOf(Date);
      } catch (thrown) {
        expect(isWharfError(thrown) && thrown.code).toBe('invalid-argument');
      }
    }),
  );
});

test.each([
  ['2026-01-02T03:04:05.123456789Z', 456789],
  ['2026-01-02T03:04:05,1234567+02:00', 456700],
  ['2026-01-02T03:04:05.123', 0],
  ['1700000000.000000001', 1],
  ['1700000000', 0],
  ['1.5s', 0],
  ['2026-01-02', 0],
])('%s is %i nanoseconds beyond its milliseconds', (text, nanos) => {
  expect(nanosBeyond(text)).toBe(nanos);
});
