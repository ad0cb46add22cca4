import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from './json.js';
import { JsonDecimal, type JsonValue } from './json-value.js';
import { serialiseJson } from './json-write.js';

const limits = { maxBytes: 4 << 20 };
const encode = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseJson(encode(text), limits);

/** What JSON.parse would give, for comparison. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonDecimal) return value.value;
  if (value instanceof Map) {
    const object = Object.create(null) as Record<string, unknown>;
    for (const [key, item] of value as ReadonlyMap<string, JsonValue>) object[key] = plain(item);
    return object;
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

describe('parseJson', () => {
  test('reads what JSON.parse reads', () => {
    const text =
      ' {"a":[1,-2,0,true,false,null,"x\\n\\u00e9\\ud83d\\ude00\\/"],"b":{},"c":[] , "":""}\r\n\t';
    expect(plain(parse(text))).toEqual(JSON.parse(text));
  });

  test('keeps fractions and exponents apart from integers', () => {
    for (const text of ['1.0', '1e3', '1E+3', '-0.5e-7', '1e308', '0.0']) {
      expect(parse(text)).toEqual(new JsonDecimal(text));
    }
    expect(parse('-0')).toBe(0);
    expect(parse('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('__proto__ and constructor are keys like any other', () => {
    const object = parse('{"__proto__":{"polluted":1},"constructor":2}');
    expect([...(object as ReadonlyMap<string, JsonValue>).keys()]).toEqual([
      '__proto__',
      'constructor',
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([
    ['{"a":1,"a":2}', 'duplicate key "a"'],
    ['{"a":1,"\\u0061":2}', 'duplicate key "a"'],
    ['{"__proto__":1,"__proto__":2}', 'duplicate key'],
    ['9007199254740993', 'beyond 2^53-1'],
    ['9223372036854775808', 'beyond 2^53-1'],
    ['-9007199254740992', 'beyond 2^53-1'],
    [`1${'0'.repeat(300)}`, 'beyond 2^53-1'],
    ['1e309', 'too large'],
    ['1e400000000000', 'too large'],
    ['\ufeff{}', 'unexpected character'],
    ['{} x', 'text after the end'],
    ['{}{}', 'text after the end'],
    ['{}\0', 'text after the end'],
    ['', 'unexpected character'],
    ['{', 'expected a string'],
    ['[1,]', 'unexpected character'],
    ['[1 2]', 'expected "]"'],
    ['{"a" 1}', 'expected ":"'],
    ['{"a":1,}', 'expected a string'],
    ["{'a':1}", 'expected a string'],
    ['01', 'a number starts with 0'],
    ['-01', 'a number starts with 0'],
    ['+1', 'unexpected character'],
    ['.5', 'unexpected character'],
    ['1.', 'unexpected character'],
    ['1e', 'unexpected character'],
    ['-', 'unexpected character'],
    ['0x10', 'text after the end'],
    ['NaN', 'unexpected character'],
    ['tru', 'unexpected character'],
    ['nulls', 'text after the end'],
    ['"a', 'unterminated string'],
    ['"\n"', 'unterminated string'],
    ['"\\x41"', 'unknown escape'],
    ['"\\', 'unknown escape'],
    ['"\\u12"', 'malformed \\u escape'],
    ['"\\ud800"', 'unpaired surrogate'],
    ['"\\udc00\\ud800"', 'unpaired surrogate'],
    ['/* c */ 1', 'unexpected character'],
  ])('refuses %s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(WharfError);
  });

  test('refuses invalid UTF-8 and UTF-16', () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0xff, 0xfe, 0x7b, 0],
      [0x22, 0xc0, 0x80, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
    ]) {
      expect(() => parseJson(Uint8Array.from(bytes), limits)).toThrow('not UTF-8');
    }
    expect(() => parseJson(Uint8Array.from([0x7b, 0, 0x7d, 0]), limits)).toThrow(WharfError);
  });

  test('bounds bytes, depth and number of values', () => {
    expect(() => parseJson(encode('[1]'), { maxBytes: 2 })).toThrow('the limit is 2');
    const deep = (n: number) => '['.repeat(n) + ']'.repeat(n);
    expect(parse(deep(64))).toBeDefined();
    for (const n of [65, 100_000]) {
      expect(() => parse(deep(n))).toThrow(expect.objectContaining({ code: 'resource-exhausted' }));
      expect(() => parse('{"a":'.repeat(n))).toThrow('nested deeper than 64');
    }
    expect(() => parse(`[${'0,'.repeat(1_000_000)}0]`)).toThrow('more than 200000 values');
    expect(() => parseJson(encode('[1,2]'), { maxBytes: 9, maxValues: 2 })).toThrow('more than 2');
  });

  test('four mebibytes of anything end within a second', () => {
    for (const unit of ['"', '\\', '"\\u0061', '[', '{"a":', '1', ' ', '-', '1.1', '[],', '"a",']) {
      const text = unit.repeat(Math.floor((4 << 20) / unit.length));
      const start = performance.now();
      for (const whole of [text, `"${text}`, `[${text}]`]) {
        try {
          parse(whole.slice(0, 4 << 20));
        } catch (error) {
          expect(error).toBeInstanceOf(WharfError);
        }
      }
      expect(performance.now() - start).toBeLessThan(3000);
    }
  });
});

const jsonText = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\u0019eE.+-tfn /'), maxLength: 40 });

describe('for any input', () => {
  test('bytes either parse or fail with a WharfError', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), jsonText.map(encode));
    fc.assert(
      fc.property(bytes, (input) => {
        try {
          parseJson(input, limits);
        } catch (error) {
          expect(error).toBeInstanceOf(WharfError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('what parses, JSON.parse reads the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json({ noUnicodeString: false }), jsonText), (text) => {
        let value;
        try {
          value = parse(text);
        } catch {
          return;
        }
        expect(JSON.stringify(plain(value))).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 2000 },
    );
  });

  test('what is written is read back, and is the same bytes whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (input) => {
        const text = encode(JSON.stringify(input));
        let value: JsonValue;
        try {
          value = parseJson(text, limits);
        } catch {
          return;
        }
        const bytes = serialiseJson(value);
        expect(parseJson(bytes, limits)).toEqual(value);
        expect(serialiseJson(parseJson(bytes, limits))).toEqual(bytes);
      }),
    );
  });

  test('keys are sorted', () => {
    const bytes = serialiseJson(parse('{"b":1,"10":2,"9":3,"a":{"z":1,"y":2}}'));
    expect(new TextDecoder().decode(bytes)).toBe('{"10":2,"9":3,"a":{"y":2,"z":1},"b":1}');
  });
});
