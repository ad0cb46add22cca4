import { constants } from 'node:os';
import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSignal, signalName } from './signal.js';

test('names and numbers are those of this Linux', () => {
  for (const [name, number] of Object.entries(constants.signals)) {
    expect([name, parseSignal(name)]).toEqual([name, number]);
  }
});

test.each([
  ['TERM', 15],
  ['sigterm', 15],
  ['15', 15],
  ['RTMIN', 34],
  ['RTMIN+3', 37],
  ['SIGRTMIN+30', 64],
  ['RTMAX', 64],
  ['SIGRTMAX-14', 50],
  ['CLD', 17],
  ['64', 64],
])('%s is %i', (text, number) => {
  expect(parseSignal(text)).toBe(number);
});

test.each([
  '',
  '0',
  '65',
  '9999',
  '-9',
  '+9',
  '9 ',
  '1.5',
  '0x9',
  'SIG',
  'SIGSIGTERM',
  'SIG; rm',
  'TERM\0',
  'RTMIN-1',
  'RTMIN+31',
  'RTMAX-31',
  'RTMAX+0',
  'RTMIN+',
  'RTMIN+x',
  'constructor',
])('%j is refused', (text) => {
  expect(() => parseSignal(text)).toThrow('invalid signal');
});

test('every number has a name that parses to it', () => {
  for (let number = 1; number <= 64; number++) expect(parseSignal(signalName(number))).toBe(number);
  expect([signalName(9), signalName(34), signalName(40), signalName(64), signalName(99)]).toEqual([
    'SIGKILL',
    'SIGRTMIN',
    'SIGRTMIN+6',
    'SIGRTMAX',
    '99',
  ]);
});

test('any text gives 1 to 64 or a WharfError', () => {
  const like = fc.string({ unit: fc.constantFrom(...'SIGRTMINAX+-0129'), maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(fc.string(), like), (text) => {
      try {
        const number = parseSignal(text);
        expect(number >= 1 && number <= 64).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(WharfError);
      }
    }),
  );
});

test('a mebibyte is refused at once', () => {
  expect(() => parseSignal('9'.repeat(1 << 20))).toThrow(WharfError);
});
