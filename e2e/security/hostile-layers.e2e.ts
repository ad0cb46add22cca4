import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostileLayers, startFakeRegistry, tempDir } from '@wharf/testing';
import type { HostileLayer, TempDir, Verdict } from '@wharf/testing';
import { useEngine } from '../support.js';
import { dockerArchive, imageOf, ociArchive } from '../support/hostile-images.js';
import { busyboxLayer } from '../support/images.js';
import { directory, tar } from '../support/tar.js';

const registry = await startFakeRegistry();
const engine = useEngine({ busybox: false, flags: ['--insecure-registry', registry.host] });
const { cli, ok } = engine;
const architecture = arch() === 'x64' ? 'amd64' : arch();

/** Every row by every way. Without it the ways that end like another one take a third of each group. */
const whole = process.env['WHARF_HOSTILE_LAYERS'] === 'all';

/** The longest that a hostile layer may keep anything busy, in milliseconds. */
const patience = 10_000;
let canary: TempDir;
let outside: unknown;
let container = '';

beforeAll(async () => {
  canary = await tempDir('canary-');
  await writeFile(join(canary.path, 'file'), 'untouched');
  outside = await outsideNow();
  const base = busyboxLayer();
  await ok(['import', '-', 'target'], { stdin: base });
  container = await ok(['create', '--network', 'none', 'target', 'true']);
  const places = rows.map((row) => directory(placeOf(row)));
  await ok(['cp', '-', `${container}:/`], { stdin: tar(...places) });
});
afterAll(async () => {
  await canary.remove();
  await registry[Symbol.asyncDispose]();
});

/** All that a layer could reach if it left its place. */
async function outsideNow(): Promise<unknown> {
  const { root, dataRoot } = engine.daemon;
  const folders = ['/', dirname(root), root, dataRoot, join(dataRoot, 'snapshots')];
  const names = (await Promise.all(folders.map((path) => readdir(path)))).flat();
  const { mtimeMs, ctimeMs, ino, mode } = await stat(join(canary.path, 'file'));
  return {
    escaped: names.filter((name) => /^(escaped?|evil)$/.test(name)),
    canary: [await readdir(canary.path), await readFile(join(canary.path, 'file'), 'utf8')],
    file: [mtimeMs, ctimeMs, ino, mode],
  };
}

/** Files that nobody will finish or remove. */
async function leftovers(): Promise<readonly string[]> {
  const { dataRoot } = engine.daemon;
  const snapshots = await readdir(join(dataRoot, 'snapshots'));
  const spooled = await readdir(join(dataRoot, 'tmp')).catch(() => []);
  return [...snapshots.filter((name) => /^(tmp|gone)-/.test(name)), ...spooled];
}

let count = 0;

interface Row extends HostileLayer {
  readonly group: string;
  /** One of the third. */
  readonly chosen: boolean;
}

interface Way {
  /** The arguments and standard input that bring the layer in under that name. */
  bring(row: Row, body: Buffer, name: string): readonly [readonly string[], Buffer?];
  verdict(row: Row, body: Buffer): Verdict;
  /** Ends in the same unpacking as another way: it need not be seen to do with each row each time. */
  readonly alike?: boolean;
}

const rows: readonly Row[] = Object.entries(hostileLayers).flatMap(([group, some]) =>
  some
    .filter(({ limits }) => limits === undefined)
    .map((row, at) => ({ ...row, group, chosen: at % 3 === 0 })),
);

const placeOf = (row: Row): string => `place${rows.indexOf(row)}`;

const usual = (row: Row): Verdict => row.refused ?? 'taken';
const image = (row: Row, body: Buffer) => imageOf(body, row.compression ?? 'none', architecture);

const ways: Readonly<Record<string, Way>> = {
  pull: {
    bring: (row, body, name) => {
      const repository = name.split('/').at(-1)?.split(':')[0] ?? '';
      registry.store.putImage(repository, '1', image(row, body));
      return [['pull', name]];
    },
    verdict: (row) => row.elsewhere?.vouched ?? usual(row),
  },
  'load of an OCI layout': {
    bring: (row, body, name) => [['load'], ociArchive(image(row, body), name)],
    verdict: (row) => row.elsewhere?.vouched ?? usual(row),
  },
  'load of a docker-archive': {
    alike: true,
    bring: (row, body, name) => [['load'], dockerArchive(image(row, body), name)],
    verdict: (row) => row.elsewhere?.sniffed ?? row.elsewhere?.vouched ?? usual(row),
  },
  import: {
    alike: true,
    bring: (_, body, name) => [['import', '-', name], body],
    verdict: (row, body) =>
      body.length === 0
        ? /is empty/
        : (row.elsewhere?.sniffed ?? row.elsewhere?.vouched ?? usual(row)),
  },
  cp: {
    alike: true,
    bring: (row, body) => [['cp', '-', `${container}:/${placeOf(row)}`], body],
    verdict: (row) => row.elsewhere?.plain ?? row.elsewhere?.sniffed ?? usual(row),
  },
};

describe.each(Object.entries(ways))('%s', (_way, { bring, verdict, alike = false }) => {
  test.each(rows.filter(({ chosen }) => whole || chosen || !alike))(
    '$group: $title',
    async (row) => {
      const name = `${registry.host}/row${++count}:1`;
      const body = row.layer(canary.path);
      const [args, stdin] = bring(row, body, name);
      const begun = performance.now();
      const { code, stderr } = await cli(args, stdin === undefined ? {} : { stdin });
      expect(performance.now() - begun).toBeLessThan(patience);
      const expected = verdict(row, body);
      expect(stderr).toMatch(expected === 'taken' ? /^$/ : expected);
      expect(code).toBe(expected === 'taken' ? 0 : 1);
      expect(stderr).not.toMatch(/bug of wharf|\n\s+at /);
      expect(await leftovers()).toEqual([]);
      expect(await outsideNow()).toEqual(outside);
      // The next row may be of the same content: it shall be looked at for itself.
      if (code === 0 && args[0] !== 'cp') await ok(['rmi', name]);
    },
  );

  test('what was refused is not to be seen', async () => {
    const text = await ok(['images', '-a', '--format', '{{.Repository}}:{{.Tag}}']);
    expect(text).toBe('target:latest');
  });
});

test('in the end there is nothing to be seen of all that was refused', async () => {
  await ok(['rm', container]);
  await ok(['image', 'prune', '-a', '-f']);
  expect(await ok(['images', '-aq'])).toBe('');
  expect(await leftovers()).toEqual([]);
  expect(await ok(['ping'])).not.toBe('');
});
