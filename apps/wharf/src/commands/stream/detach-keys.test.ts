import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultDetachKeys, DetachFilter, parseDetachKeys } from './detach-keys.js';

describe('the grammar', () => {
  test.each([
    [defaultDetachKeys, [16, 17]],
    ['ctrl-x,a', [24, 97]],
    ['ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [0, 27, 28, 29, 30, 31]],
    ['CTRL-A', [1]],
    ['a,b,c', [97, 98, 99]],
  ])('%s', (text, bytes) => {
    expect([...parseDetachKeys(text)]).toEqual(bytes);
  });

  test.each(['', 'ctrl-', 'ctrl-1', 'alt-x', 'a,,b', 'ctrl-pp', 'é'])('%j is refused', (text) => {
    expect(() => parseDetachKeys(text)).toThrow(/unknown key .* ctrl-<value>/);
  });
});

function type(keys: readonly number[], chunks: readonly (readonly number[])[]) {
  const filter = new DetachFilter(Uint8Array.from(keys));
  const passed: number[] = [];
  for (const chunk of chunks) {
    const { data, detached } = filter.push(Uint8Array.from(chunk));
    passed.push(...data);
    if (detached) return { passed, detached };
  }
  return { passed, detached: false };
}

function indexOf(all: readonly number[], keys: readonly number[]): number {
  return all.findIndex((_, at) => keys.every((key, i) => all[at + i] === key));
}

describe('the filter', () => {
  test('a key that may begin the sequence waits for the next', () => {
    const filter = new DetachFilter(Uint8Array.of(16, 17));
    expect([...filter.push(Uint8Array.of(1, 16)).data]).toEqual([1]);
    expect([...filter.push(Uint8Array.of(16)).data]).toEqual([16]);
    expect([...filter.push(Uint8Array.of(2)).data]).toEqual([16, 2]);
  });

  test('however the input is cut, all before the first occurrence passes and nothing after it', () => {
    const few = fc.integer({ min: 0, max: 2 });
    fc.assert(
      fc.property(
        fc.array(few, { minLength: 1, maxLength: 4 }),
        fc.array(fc.array(few, { maxLength: 5 }), { maxLength: 12 }),
        (keys, chunks) => {
          const all = chunks.flat();
          const at = indexOf(all, keys);
          const { passed, detached } = type(keys, chunks);
          expect(detached).toBe(at >= 0);
          if (at >= 0) expect(passed).toEqual(all.slice(0, at));
          else {
            expect(all.slice(0, passed.length)).toEqual(passed);
            expect(all.length - passed.length).toBeLessThan(keys.length);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
