import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTimestamp } from './timestamp.js';

test.each([
  ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T12:00:00.123456789Z', '2026-01-31T12:00:00.123Z'],
  ['2026-01-31T12:00:00.5+02:00', '2026-01-31T10:00:00.500Z'],
  ['2026-01-31T23:30:00-01:30', '2026-02-01T01:00:00.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00.000Z'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
])('%s', (text, iso) => {
  expect(parseTimestamp(text).toISOString()).toBe(iso);
});

test.each([
  '',
  '2026',
  '2026-01-31',
  '2026-01-31T12:00:00',
  '2026-01-31 12:00:00Z',
  '2026-1-31T12:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '2026-01-31T24:00:00Z',
  '2026-01-31T12:00:60Z',
  '2026-01-31T12:00:00.Z',
  '2026-01-31T12:00:00.1x2Z',
  '2026-01-31T12:00:00z',
  '2026-01-31T12:00:00+2:00',
  '2026-01-31T12:00:00+24:00',
  '2026-01-31T12:00:00ZZ',
  '99999-01-01T00:00:00Z',
  '-001-01-01T00:00:00Z',
  '0000-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
])('%j is refused', (text) => {
  expect(() => parseTimestamp(text)).toThrow('invalid time');
});

test('every date of four-digit years is read back', () => {
  const [min, max] = [new Date('0000-01-01T00:00:00Z'), new Date('9999-12-31T23:59:59Z')];
  fc.assert(
    fc.property(fc.date({ min, max, noInvalidDate: true }), (date) => {
      expect(parseTimestamp(date.toISOString())).toEqual(date);
    }),
  );
});

test('any text gives a time that prints or a WharfError', () => {
  const like = fc.string({ unit: fc.constantFrom(...'0123-:TZ.+'), minLength: 18, maxLength: 26 });
  fc.assert(
    fc.property(fc.oneof(fc.string(), like), (text) => {
      try {
        expect(parseTimestamp(text).toISOString()).toHaveLength(24);
      } catch (error) {
        expect(error).toBeInstanceOf(WharfError);
      }
    }),
  );
});

test('a mebibyte is refused at once', () => {
  expect(() => parseTimestamp(`2026-01-31T12:00:00.${'1'.repeat(1 << 20)}Z`)).toThrow(WharfError);
});
