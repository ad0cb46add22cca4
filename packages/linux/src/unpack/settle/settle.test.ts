import { chmodSync, chownSync, lstatSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archive, member } from '@wharf/testing/tar';
import type { Bench } from '../testing/jail.js';
import { canJail, openBench } from '../testing/jail.js';
import { treeOf } from '../testing/tree.js';

const options = { signal: new AbortController().signal };

describe.runIf(canJail)('settle', () => {
  let bench: Bench;
  beforeAll(() => {
    bench = openBench();
  });
  afterAll(async () => {
    await bench.unpacker[Symbol.asyncDispose]();
    bench[Symbol.dispose]();
  });

  const below = (): string => {
    const low = bench.target();
    mkdirSync(join(low, 'tmp/a'), { recursive: true });
    chmodSync(join(low, 'tmp'), 0o1777);
    chownSync(join(low, 'tmp/a'), 5, 6);
    mkdirSync(join(low, 'plain'), { mode: 0o700 });
    writeFileSync(join(low, 'file'), '');
    for (const name of ['tmp/a', 'tmp', 'plain']) utimesSync(join(low, name), 1000, 2000);
    return low;
  };

  const unpack = async (layer: Buffer, lowerDirs: readonly string[] | 'later') => {
    const target = bench.target();
    const source = { blobPath: bench.blob(layer) };
    const request = { source, target, lowerDirs, compression: 'none' as const };
    return { target, result: await bench.unpacker.unpackLayer(request, options) };
  };

  test('a layer that was unpacked first and settled then is as one unpacked upon those below', async () => {
    const low = below();
    const layer = archive(
      member({ name: 'tmp/a/f', body: 'x' }),
      member({ name: 'tmp/b/c/f', body: 'y' }),
      member({ name: 'plain/f' }),
      member({ name: 'plain', type: '5', mode: 0o750 }),
      member({ name: 'file/f' }),
      member({ name: 'gone/f' }),
      member({ name: 'gone', type: '2', link: 'tmp' }),
    );
    const direct = await unpack(layer, [low]);
    const later = await unpack(layer, 'later');
    const { implied } = later.result;
    expect(implied).toEqual(expect.arrayContaining(['tmp', 'tmp/a', 'plain', 'gone']));
    expect(direct.result.implied).toBeUndefined();
    if (implied === undefined || implied === 'too-many') throw new TypeError('not deferred');
    await bench.unpacker.settle({ target: later.target, lowerDirs: [low], implied }, options);
    expect([...treeOf(later.target, bench.native)]).toEqual([
      ...treeOf(direct.target, bench.native),
    ]);
    for (const name of ['tmp', 'tmp/a']) {
      expect(lstatSync(join(later.target, name)).mtimeMs).toBe(2_000_000);
    }
    for (const name of ['tmp/b', 'tmp/b/c', 'file'])
      expect(Date.now() - lstatSync(join(later.target, name)).mtimeMs).toBeLessThan(60_000);
    const described = lstatSync(join(later.target, 'plain'));
    expect(described.mode & 0o777).toBe(0o750);
    expect(described.mtimeMs).toBe(lstatSync(join(direct.target, 'plain')).mtimeMs);
  });

  test('nothing to settle needs no thread', async () => {
    await bench.unpacker.settle({ target: '/no/such', lowerDirs: [], implied: [] }, options);
  });
});
