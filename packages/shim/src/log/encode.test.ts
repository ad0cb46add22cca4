import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { characterStart, encodeRecords, longestRecord } from './encode.js';

const fields = {
  stream: 'stdout',
  time: '2026-01-02T03:04:05.000000006Z',
  attributes: '',
} as const;

interface Line {
  readonly log: string;
  readonly b64?: string;
  readonly stream: string;
  readonly time: string;
}

function decode(text: string): Line[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

function bytesOf(line: Line): Buffer {
  return line.b64 === undefined ? Buffer.from(line.log) : Buffer.from(line.b64, 'base64');
}

/** Text that trips naive splitting of JSON, beside any bytes. */
const nasty = fc.oneof(
  fc.constantFrom(
    '\n',
    '\\n',
    '"',
    '",',
    '\\',
    '","',
    '\n "',
    '],',
    'é',
    '€',
    '😀',
    '\u2028',
    '\0',
    '\r',
    'a',
  ),
  fc.string({ unit: 'grapheme' }),
);
const output = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 400 }),
  fc
    .array(nasty, { minLength: 1, maxLength: 60 })
    .map((parts) => Buffer.from(`${parts.join('')}x`)),
);

test('every byte comes back, one record for each line, all valid JSON', () => {
  fc.assert(
    fc.property(output, (bytes) => {
      const lines = decode(encodeRecords(bytes, fields));
      expect(Buffer.concat(lines.map(bytesOf))).toEqual(Buffer.from(bytes));
      for (const line of lines.slice(0, -1)) expect(bytesOf(line).at(-1)).toBe(10);
      for (const line of lines) {
        expect(bytesOf(line).indexOf(10)).toBeOneOf([-1, bytesOf(line).length - 1]);
        expect(line).toMatchObject({ stream: 'stdout', time: fields.time });
      }
    }),
    { numRuns: 500 },
  );
});

test('a long line is split at 16 KiB, between characters', () => {
  for (const unit of ['a', 'é', '€', '😀']) {
    const bytes = Buffer.from(`${unit.repeat(40_000)}\n`);
    const lines = decode(encodeRecords(bytes, fields));
    expect(lines.every((line) => line.b64 === undefined)).toBe(true);
    expect(Buffer.concat(lines.map(bytesOf)).equals(bytes)).toBe(true);
    for (const line of lines) {
      expect(Buffer.byteLength(line.log.replace('\n', ''))).toBeLessThanOrEqual(longestRecord);
    }
    expect(lines.length).toBe(Math.ceil((bytes.length - 1) / longestRecord));
  }
});

describe('bytes that are no UTF-8', () => {
  test('stay exact in b64, beside the text that Docker would show', () => {
    const [line] = decode(encodeRecords(Buffer.from([0x61, 0xff, 0x62, 10]), fields));
    expect(line).toMatchObject({ log: 'a\ufffdb\n', b64: 'Yf9iCg==' });
  });

  test('do not touch the lines beside them', () => {
    const bytes = Buffer.concat([
      Buffer.from('good\n'),
      Buffer.from([0xc3, 10]),
      Buffer.from('ok\n'),
    ]);
    expect(decode(encodeRecords(bytes, fields)).map((line) => line.b64 !== undefined)).toEqual([
      false,
      true,
      false,
    ]);
  });
});

test('attributes are part of every record', () => {
  const text = encodeRecords(Buffer.from('a\nb\n'), {
    ...fields,
    attributes: '"attrs":{"k":"v"},',
  });
  expect(decode(text)).toMatchObject([{ attrs: { k: 'v' } }, { attrs: { k: 'v' } }]);
});

test('characterStart never points into a character', () => {
  const bytes = Buffer.from('a€b');
  expect([0, 1, 2, 3, 4].map((at) => characterStart(bytes, at))).toEqual([0, 1, 1, 1, 4]);
});
