import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMount, openBench } from './testing/bench.js';
import type { BuildFilesBench } from './testing/bench.js';

const wanted = [
  { pattern: /^db$/, maxBytes: 100, head: false },
  { pattern: /(?:^|\/)META$/, maxBytes: 4, head: true },
];

describe.runIf(canMount)('a search in a stack', () => {
  let bench: BuildFilesBench;
  beforeAll(() => void (bench = openBench()));
  afterAll(() => bench[Symbol.dispose]());

  const search = async (lower: readonly string[], limits = {}) => {
    const request = { lower, wanted, maxFiles: 10, maxBytes: 1000, ...limits };
    const { files, leftOut } = await bench.files.search(request, bench);
    return {
      leftOut,
      files: files.map(({ path, content }) => [path, Buffer.from(content).toString()]),
    };
  };

  test('reads what is wanted as it is on top, of long files the beginning', async () => {
    const [top, low] = [bench.folder(), bench.folder()];
    writeFileSync(join(low, 'db'), 'old');
    writeFileSync(join(top, 'db'), 'new');
    mkdirSync(join(low, 'a/b'), { recursive: true });
    writeFileSync(join(low, 'a/b/META'), 'Name: x');
    writeFileSync(join(low, 'a/b/db'), 'another');
    writeFileSync(join(low, 'a/META'), '');
    expect(await search([top, low])).toEqual({
      leftOut: 0,
      files: [
        ['a/META', ''],
        ['a/b/META', 'Name'],
        ['db', 'new'],
      ],
    });
  });

  test('follows no link and opens nothing but files', async () => {
    const lower = bench.folder();
    const canary = join(bench.dir, 'canary');
    mkdirSync(canary);
    writeFileSync(join(canary, 'META'), 'of the host');
    symlinkSync(join(canary, 'META'), join(lower, 'db'));
    symlinkSync(canary, join(lower, 'outside'));
    mkdirSync(join(lower, 'x'));
    execFileSync('mkfifo', [join(lower, 'x/META')]);
    expect(await search([lower])).toEqual({ leftOut: 0, files: [] });
  });

  test('keeps to its limits, and says what it has left out', async () => {
    const lower = bench.folder();
    writeFileSync(join(lower, 'db'), '');
    truncateSync(join(lower, 'db'), 2 ** 40);
    for (const name of ['a', 'b', 'c']) {
      mkdirSync(join(lower, name));
      writeFileSync(join(lower, name, 'META'), 'long enough');
    }
    expect(await search([lower])).toMatchObject({ leftOut: 1 });
    expect(await search([lower], { maxFiles: 2 })).toMatchObject({
      leftOut: 2,
      files: [
        ['a/META', 'long'],
        ['b/META', 'long'],
      ],
    });
    expect(await search([lower], { maxBytes: 5 })).toMatchObject({ leftOut: 3 });
    expect(await search([])).toEqual({ leftOut: 0, files: [] });
  });
});
