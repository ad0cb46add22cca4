import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMount, list, openBench } from './testing/bench.js';
import type { BuildFilesBench } from './testing/bench.js';

describe.runIf(canMount)('a directory and a part of a source', () => {
  let bench: BuildFilesBench;
  beforeAll(() => void (bench = openBench()));
  afterAll(() => bench[Symbol.dispose]());

  test('those that are missing are made, through links inside the stack', async () => {
    const lower = bench.folder();
    mkdirSync(join(lower, 'real'));
    symlinkSync('/real', join(lower, 'link'));
    symlinkSync('../../../..', join(lower, 'up'));
    writeFileSync(join(lower, 'file'), '');
    const make = async (path: string, owner = '') => {
      const place = bench.place(lower);
      await bench.files.makeDirectory({ place, path, owner }, bench);
      return list(place.upper);
    };
    expect(await make('/link/a/b', '3:4')).toEqual({
      real: '755 0:0 /',
      'real/a': '755 3:4 /',
      'real/a/b': '755 3:4 /',
    });
    expect(await make('/up/tmp/x')).toEqual({ tmp: '755 0:0 /', 'tmp/x': '755 0:0 /' });
    expect(await make('/link', '3')).toEqual({});
    await expect(make('/file/x')).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(make('/x', 'nobody')).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('a part of a source becomes files of its own, never outside of it (B-05)', async () => {
    const canary = join(bench.dir, 'canary');
    writeFileSync(canary, 'secret');
    const lower = bench.folder();
    mkdirSync(join(lower, 'd/e'), { recursive: true });
    writeFileSync(join(lower, 'd/e/f'), 'f');
    symlinkSync('/d/e', join(lower, 'link'));
    symlinkSync(`${'../'.repeat(20)}${canary}`, join(lower, 'out'));
    const into = bench.folder();
    const source = { kind: 'stack', lower: [lower] } as const;
    const take = (path: string, name: string) =>
      bench.files.materialise({ source, path, target: join(into, name) }, bench);
    await take('/link', 'directory');
    await take('/link/f', 'file');
    await take('/../../d', 'd');
    expect(list(into)).toEqual({
      d: '755 0:0 /',
      'd/e': '755 0:0 /',
      'd/e/f': '644 0:0 f',
      directory: '755 0:0 /',
      'directory/f': '644 0:0 f',
      file: '644 0:0 f',
    });
    for (const path of ['/out', canary, `/../../../../..${canary}`])
      await expect(take(path, 'none')).rejects.toMatchObject({ code: 'not-found' });
    expect(readdirSync(into)).not.toContain('none');
  });
});
