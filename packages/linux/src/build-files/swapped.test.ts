import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMount, openBench } from './testing/bench.js';
import type { BuildFilesBench, Files } from './testing/bench.js';

/** More by WHARF_TEST_SWAPS: how often a name is looked at that may be another meanwhile. */
const tries = Number(process.env['WHARF_TEST_SWAPS'] ?? 1000);
const width = 100;

const script = `
  const native = require(process.argv[1]);
  const [, , directory, width] = process.argv;
  process.stdout.write('up');
  for (let i = 0; ; i = (i + 1) % width) {
    try { native.renameat2(-100, directory + '/d' + i, -100, directory + '/x' + i, 2); } catch {}
    try { native.renameat2(-100, directory + '/f' + i, -100, directory + '/y' + i, 2); } catch {}
  }
`;

describe.runIf(canMount)('while names are swapped for links (P-04)', () => {
  let bench: BuildFilesBench;
  let canary: string;
  beforeAll(() => {
    bench = openBench();
    canary = join(bench.dir, 'canary');
    mkdirSync(canary);
    writeFileSync(join(canary, 'in'), 'of the host');
  });
  afterAll(() => bench[Symbol.dispose]());

  /** Directories and files, and links to the canary that they are exchanged with. */
  const fill = (): string => {
    const directory = bench.folder();
    for (let i = 0; i < width; i++) {
      mkdirSync(join(directory, `d${i}`));
      writeFileSync(join(directory, `d${i}/in`), 'inner');
      writeFileSync(join(directory, `f${i}`), 'inner');
      symlinkSync(i % 2 === 0 ? canary : `${'../'.repeat(20)}${canary}`, join(directory, `x${i}`));
      symlinkSync(join(canary, 'in'), join(directory, `y${i}`));
    }
    return directory;
  };

  const swapping = async (directory: string, work: () => Promise<void>): Promise<void> => {
    const addon = join(import.meta.dirname, '../../native/build/wharf-native.node');
    const swapper = spawn(process.execPath, ['-e', script, addon, directory, String(width)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await new Promise((resolve) => swapper.stdout.once('data', resolve));
      for (let done = 0; done < tries; done += width) await work();
    } finally {
      const gone = new Promise((resolve) => swapper.once('exit', resolve));
      swapper.kill('SIGKILL');
      await gone;
    }
  };

  const timeout = 60_000 + tries * 20;

  test('a source gives nothing from outside', { timeout }, async () => {
    const lower = fill();
    let copied = 0;
    await swapping(lower, async () => {
      const [item, place] = [bench.stackItem([lower]), bench.place()];
      // It may end at a file that is a link by then; what it has by then is looked at all the same.
      await bench.copy([item], '/', { place }).catch((error: unknown) => {
        expect(error).not.toMatchObject({ code: 'internal' });
      });
      await bench.files.digest({ items: [item], exclude: [] }, bench).catch(() => undefined);
      copied += readdirSync(place.upper).length;
      expect(filesOfTheHost(place.upper)).toBe('');
    });
    expect(copied).toBeGreaterThan(0);
  });

  test('a destination takes nothing outside', { timeout }, async () => {
    const upper = fill();
    const tree: Files = Object.fromEntries(
      Array.from({ length: width }, (_, i) => [
        [`d${i}`, { in: 'copied', more: 'copied' }],
        [`f${i}`, 'copied'],
      ]).flat(),
    );
    const item = bench.treeItem(tree);
    await swapping(upper, async () => {
      const place = { lower: [], upper, work: bench.folder() };
      await bench.copy([item], '/', { place }).catch((error: unknown) => {
        expect(error).not.toMatchObject({ code: 'internal' });
      });
      const stubs = Array.from({ length: width }, (_, i) => `/d${i}/in`);
      await bench.files
        .seal({ upper, lower: [], epochSeconds: 1, stubs }, bench)
        .catch((error: unknown) => expect(error).not.toMatchObject({ code: 'internal' }));
      expect(readdirSync(canary)).toEqual(['in']);
      expect(readFileSync(join(canary, 'in'), 'utf8')).toBe('of the host');
    });
  });
});

/** Files that have the canary's content. */
function filesOfTheHost(directory: string): string {
  return execFileSync('sh', ['-c', 'grep -rlF "of the host" "$0" || true', directory]).toString();
}
