import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostileLayers, tempDir } from '@wharf/testing';
import type { HostileLayer, TempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { buildRemains, noRemains } from '../support/build-remains.js';
import { lines, writeContext } from '../support/build-context.js';
import { unfollowed } from '../support/canary.js';
import { file, tar } from '../support/tar.js';

const engine = useEngine();

/** Every archive. Without it a sixth of each group: beside the source all of them are unpacked by the same hands. */
const whole = process.env['WHARF_HOSTILE_LAYERS'] === 'all';
const rows: readonly (HostileLayer & { readonly group: string })[] = Object.entries(
  hostileLayers,
).flatMap(([group, some]) =>
  some
    .filter(({ limits }, at) => limits === undefined && (whole || at % 6 === 0))
    .map((row) => ({ ...row, group })),
);
const patience = 10_000;

let canary: TempDir;
let context: TempDir;
beforeAll(async () => {
  canary = await tempDir('canary-');
  await writeFile(join(canary.path, 'file'), 'untouched');
  context = await tempDir();
});
afterAll(async () => {
  await canary.remove();
  await context.remove();
});

async function added(
  body: Uint8Array,
): Promise<{ readonly code: number; readonly stderr: string }> {
  await writeContext(context.path, {
    Dockerfile: lines('FROM busybox', `RUN ln -s ${canary.path} /out`, 'ADD archive /out/place/'),
    archive: body,
  });
  const begin = performance.now();
  const result = await engine.cli(['build', '-q', context.path]);
  expect(performance.now() - begin).toBeLessThan(patience);
  expect(result.stderr).not.toMatch(/bug of wharf|\n\s+at /);
  return result;
}

test.each(rows)('ADD of an archive leaves its place in no way: $group: $title', async (row) => {
  await unfollowed(canary.path, () => added(row.layer(canary.path)));
  const { root, dataRoot } = engine.daemon;
  for (const folder of ['/', root, dataRoot, '/tmp'])
    expect((await readdir(folder)).filter((name) => /^(escaped?|evil)$/.test(name))).toEqual([]);
  expect(await buildRemains(engine.daemon)).toEqual(noRemains);
});

test('ADD of an archive that unpacks to very much more is refused', async () => {
  const bomb = zstdCompressSync(tar(file('zeros', Buffer.alloc(100 << 20))));
  expect(bomb.length).toBeLessThan(1 << 20);
  const { code, stderr } = await added(bomb);
  expect(code).toBe(1);
  expect(stderr).toMatch(/unpacks to more than/);
  expect(await buildRemains(engine.daemon)).toEqual(noRemains);
});

test('a context that is an archive which unpacks to very much more, or climbs, is refused', async () => {
  const members = [file('Dockerfile', 'FROM scratch\nCOPY . /\n')];
  const bomb = zstdCompressSync(tar(...members, file('zeros', Buffer.alloc(200 << 20))));
  const climbing = tar(...members, file(`../../../../../..${canary.path}/evil`, 'evil'));
  await unfollowed(canary.path, async () => {
    const { code, stderr } = await engine.cli(['build', '-q', '-'], { stdin: bomb });
    expect(`${code} ${stderr}`).toMatch(/^1 .*(more than|unpacks)/s);
    const climbed = await engine.cli(['build', '-q', '-'], { stdin: climbing });
    expect(climbed.stderr).not.toMatch(/bug of wharf|\n\s+at /);
  });
  expect(await buildRemains(engine.daemon)).toEqual(noRemains);
});
