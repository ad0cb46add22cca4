import { randomBytes } from 'node:crypto';
import { constants, createDeflateRaw, gunzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gather } from '../tar/testing/gather.js';
import { compress } from './compress.js';
import { isDense, stored } from './dense.js';

const mebibyte = 1 << 20;
const { signal } = new AbortController();
const text = (length: number): Buffer => Buffer.alloc(length, 'what a program says in a log\n');
const lastBlock = Buffer.from([0x03, 0x00]);

describe('a block', () => {
  test.each([
    ['of random bytes', randomBytes(mebibyte), true],
    ['of random bytes in base64', Buffer.from(randomBytes(mebibyte).toString('base64')), false],
    ['of text', text(mebibyte), false],
    ['of zeros', Buffer.alloc(mebibyte), false],
    ['that is half text', Buffer.concat([randomBytes(mebibyte / 2), text(mebibyte / 2)]), false],
    ['of random bytes that is small', randomBytes(100 << 10), false],
    ['of one random piece, again and again', Buffer.alloc(mebibyte, randomBytes(1024)), false],
  ])('%s', async (_what, bytes, dense) => {
    expect(await isDense(bytes)).toBe(dense);
  });

  test('that is stored comes back, whatever its length', () => {
    const lengths = fc.oneof(
      fc.integer({ min: 1, max: 300_000 }),
      fc.constantFrom(1, 65_534, 65_535, 65_536, 131_070, mebibyte),
    );
    fc.assert(
      fc.property(lengths, (length) => {
        const bytes = randomBytes(length);
        const out = stored(bytes);
        expect(out.length).toBe(length + Math.ceil(length / 65_535) * 5);
        expect(inflateRawSync(Buffer.concat([out, lastBlock])).equals(bytes)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

test('gzip of dense and other bytes in any order comes back, the same whatever the pieces', async () => {
  const part = fc.record({
    dense: fc.boolean(),
    length: fc.integer({ min: 1, max: 2 * mebibyte }),
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 3 * mebibyte }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 4 }), sizes, async (parts, cuts) => {
      const all = Buffer.concat(
        parts.map(({ dense, length }) => (dense ? randomBytes(length) : text(length))),
      );
      const whole = await gather(compress([all], 'gzip', { signal }));
      expect(gunzipSync(whole).equals(all)).toBe(true);
      const pieces: Buffer[] = [];
      for (let at = 0, cut = 0; at < all.length; cut++)
        pieces.push(all.subarray(at, (at += cuts[cut % cuts.length] ?? 1)));
      expect((await gather(compress(pieces, 'gzip', { signal }))).equals(whole)).toBe(true);
    }),
    { numRuns: 12 },
  );
});

test('gzip of random bytes is hardly longer than they are', async () => {
  const bytes = randomBytes(5 * mebibyte);
  const out = await gather(compress([bytes], 'gzip', { signal }));
  expect(out.length - bytes.length).toBeLessThan(1000);
});

test('a small block is the same on whatever thread it is deflated', async () => {
  const lengths = fc.integer({ min: 1, max: 64 << 10 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.boolean(), async (length, follows) => {
      const before = follows ? text(mebibyte) : Buffer.alloc(0);
      const bytes = Buffer.concat([before, text(length)]);
      const out = await gather(compress([bytes], 'gzip', { signal }));
      const options = { level: 4, finishFlush: constants.Z_SYNC_FLUSH };
      const stream = createDeflateRaw(
        follows ? { ...options, dictionary: before.subarray(-(32 << 10)) } : options,
      );
      stream.end(text(length));
      const expected = Buffer.concat((await stream.toArray()) as Buffer[]);
      const end = out.length - 10;
      expect(out.subarray(end - expected.length, end).equals(expected)).toBe(true);
    }),
    { numRuns: 20 },
  );
});
