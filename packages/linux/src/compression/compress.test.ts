import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
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
