import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatIndex, parseIndex, readIndex } from './digest-index.js';
import type { KnownDigest } from './digest-index.js';
import { fill, listed, opened } from './test-context.js';

/** Longer than a file counts as just changed. */
const settle = () => delay(2100);

describe('the index of a build context', () => {
  let top: string;
  let cache: string;
  let dir: string;
  const path = () =>
    join(cache, 'wharf/contexts', readdirSync(join(cache, 'wharf/contexts'))[0] ?? '');
  beforeAll(async () => {
    top = mkdtempSync(join(tmpdir(), 'wharf-index-'));
    cache = join(top, 'cache');
    dir = fill(join(top, 'context'), { 'a/one': '1', two: '22', ü: '3', large: 'x'.repeat(1e6) });
    await settle();
  });
  afterAll(() => rmSync(top, { recursive: true }));

  test('spares the reading of files that are as they were', async () => {
    const first = await opened(dir, cache);
    expect(first.hashed).toBe(4);
    const second = await opened(dir, cache);
    expect(second.hashed).toBe(0);
    expect(second.digest).toBe(first.digest);
    expect(await listed(second)).toEqual(await listed(first));
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(statSync(join(path(), '..')).mode & 0o777).toBe(0o700);
    expect(await opened(dir, cache, { index: false })).toMatchObject({ hashed: 4 });
  });

  test('tells a file of the same size and time', async () => {
    const { mtime } = statSync(join(dir, 'two'));
    writeFileSync(join(dir, 'two'), '44');
    utimesSync(join(dir, 'two'), mtime, mtime);
    const context = await opened(dir, cache);
    expect(context.hashed).toBe(1);
    expect(await listed(context)).toContain('two=44');
  });

  test('does not know files that were changed a moment ago', async () => {
    writeFileSync(join(dir, 'fresh'), '1');
    for (let i = 0; i < 3; i++) expect((await opened(dir, cache)).hashed).toBeGreaterThan(0);
    await settle();
    await opened(dir, cache);
    expect((await opened(dir, cache)).hashed).toBe(0);
  });

  test('loses what is gone', async () => {
    rmSync(join(dir, 'fresh'));
    expect((await opened(dir, cache)).hashed).toBe(0);
    expect(readIndex(path()).has('fresh')).toBe(false);
  });

  test('that is broken, or may be of someone else, is ignored', async () => {
    const { digest } = await opened(dir, cache);
    const good = readFileSync(path());
    const broken: (() => void)[] = [
      () => writeFileSync(path(), ''),
      () => writeFileSync(path(), good.subarray(0, good.length / 2)),
      () => writeFileSync(path(), good.toString('latin1').replace('two', 'twp'), 'latin1'),
      () => appendFileSync(path(), 'x'),
      () => chmodSync(path(), 0o666),
    ];
    for (const act of broken) {
      act();
      expect(await opened(dir, cache)).toMatchObject({ digest, hashed: 4 });
      expect(await opened(dir, cache)).toMatchObject({ digest, hashed: 0 });
    }
    const name = path();
    renameSync(name, join(top, 'elsewhere'));
    symlinkSync(join(top, 'elsewhere'), name);
    expect(await opened(dir, cache)).toMatchObject({ digest, hashed: 4 });
    rmSync(name);
    mkdirSync(name);
    expect(await opened(dir, cache)).toMatchObject({ digest, hashed: 4 });
    expect(await opened(dir, join(dir, 'two'))).toMatchObject({ digest, hashed: 4 });
  });

  const known = fc
    .uniqueArray(
      fc.tuple(
        fc.string({
          unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
          minLength: 1,
        }),
        fc.string({
          unit: fc.constantFrom(...'0123456789abcdef'),
          minLength: 64,
          maxLength: 64,
        }),
        fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }), {
          minLength: 5,
          maxLength: 5,
        }),
      ),
      { selector: ([name]) => name },
    )
    .map(
      (all) =>
        new Map(
          all.map(([name, hex, numbers]): [string, KnownDigest] => [
            name,
            { hex, identity: numbers.join(' ') },
          ]),
        ),
    );

  test('is read as it was written, or not at all', () => {
    fc.assert(
      fc.property(known, fc.nat(), fc.integer({ min: 0, max: 255 }), (map, at, byte) => {
        const text = formatIndex(map);
        expect(parseIndex(text)).toEqual(map);
        const place = at % text.length;
        const code = String.fromCharCode(byte);
        const damaged = text.slice(0, place) + code + text.slice(place + 1);
        expect(parseIndex(damaged)).toEqual(damaged === text ? map : new Map());
        expect(parseIndex(text.slice(0, place))).toEqual(new Map());
      }),
    );
  });
});
