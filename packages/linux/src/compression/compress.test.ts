import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compress } from './compress.js';
import { gather } from '../tar/testing/gather.js';

const signal = new AbortController().signal;
const text = Buffer.from('wharf '.repeat(500_000));

const run = (pieces: Buffer[], compression: 'gzip' | 'zstd' | 'none', level?: number) =>
  gather(compress(pieces, compression, level === undefined ? { signal } : { signal, level }));

test('gzip has no time, no name and no OS, and comes back', async () => {
  const out = await run([text], 'gzip', 1);
  expect(out.subarray(3, 8)).toEqual(Buffer.from([0, 0, 0, 0, 0]));
  expect(out[9]).toBe(255);
  expect(gunzipSync(out).equals(text)).toBe(true);
  expect((await run([text], 'gzip', 1)).equals(out)).toBe(true);
});

test('zstd comes back', async () => {
  const out = await run([text.subarray(0, 10), text.subarray(10)], 'zstd');
  expect(zstdDecompressSync(out).equals(text)).toBe(true);
});

test('none is the bytes as they are', async () => {
  expect((await run([text], 'none')).equals(text)).toBe(true);
});

test('abort ends it with the reason', async () => {
  const stop = new AbortController();
  const source = function* () {
    yield text;
    stop.abort(new RangeError('enough'));
    yield text;
  };
  const all = gather(compress(source(), 'gzip', { signal: stop.signal }));
  await expect(all).rejects.toThrow('enough');
});

describe('gzip in blocks', () => {
  const random = Buffer.alloc(5 << 20);
  for (let at = 0; at < random.length; at += 4)
    random.writeUInt32LE((at * 2654435761) >>> (at % 24), at);

  test('is one member, whatever the pieces the bytes come in', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 3 << 20 }), { minLength: 1, maxLength: 8 });
    const whole = await run([random], 'gzip');
    expect(gunzipSync(whole).equals(random)).toBe(true);
    await fc.assert(
      fc.asyncProperty(sizes, async (cuts) => {
        const pieces: Buffer[] = [];
        for (let at = 0, cut = 0; at < random.length; cut++) {
          const size = cuts[cut % cuts.length] ?? 1 << 20;
          pieces.push(random.subarray(at, (at += size)));
        }
        expect((await run(pieces, 'gzip')).equals(whole)).toBe(true);
      }),
      { numRuns: 8 },
    );
  });

  test('gzip, python and a decoder that takes one member alone read it', async () => {
    const out = await run([random], 'gzip');
    const options = { input: out, maxBuffer: 16 << 20 };
    expect(execFileSync('gzip', ['-dc'], options).equals(random)).toBe(true);
    const script =
      'import sys,zlib; d=zlib.decompressobj(31); o=d.decompress(sys.stdin.buffer.read()); assert d.eof and not d.unused_data; sys.stdout.buffer.write(o)';
    expect(execFileSync('python3', ['-c', script], options).equals(random)).toBe(true);
  });

  test('zstd in frames is the same whatever the pieces, and zstd reads it', async () => {
    const whole = await run([random], 'zstd');
    const pieces = [
      random.subarray(0, 7),
      random.subarray(7, 3_000_000),
      random.subarray(3_000_000),
    ];
    expect((await run(pieces, 'zstd')).equals(whole)).toBe(true);
    const options = { input: whole, maxBuffer: 16 << 20 };
    expect(execFileSync('zstd', ['-dc'], options).equals(random)).toBe(true);
    expect(zstdDecompressSync(await run([], 'zstd')).length).toBe(0);
    expect(execFileSync('zstd', ['-dc'], { input: await run([], 'zstd') }).length).toBe(0);
  });

  test('nothing, one byte, and just one block come back', async () => {
    for (const size of [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1]) {
      const out = await run([random.subarray(0, size)], 'gzip');
      expect(gunzipSync(out).equals(random.subarray(0, size))).toBe(true);
    }
  });
});
