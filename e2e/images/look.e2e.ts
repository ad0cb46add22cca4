import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { useEngine } from '../support.js';
import { busyboxLayer } from '../support/images.js';
import { directory, file, tar } from '../support/tar.js';

const engine = useEngine({ busybox: false });
const { cli, ok, refused } = engine;
const base = busyboxLayer(file('own', 'base'), directory('d'), file('d/f', 'f'));

/** The base, and a container's changes on it. */
async function pair(script: string): Promise<{ one: string; two: string }> {
  const one = 'pair:1';
  const two = 'pair:2';
  onTestFinished(async () => void (await cli(['rmi', '-f', two, one])));
  await ok(['import', '-', one], { stdin: base });
  const id = await ok(['create', '--network', 'none', one, 'sh', '-c', script]);
  await ok(['start', '-a', id]);
  await ok(['commit', id, two]);
  await ok(['rm', id]);
  return { one, two };
}

interface Manifest {
  readonly layers: readonly { readonly digest: string; readonly mediaType: string }[];
}
const blob = (digest: string): string =>
  join(engine.daemon.dataRoot, 'content/blobs/sha256', digest.slice('sha256:'.length));
async function layersOf(name: string): Promise<Manifest['layers']> {
  const digest = await ok(['image', 'inspect', '-f', '{{.Descriptor.digest}}', name]);
  return (JSON.parse(await readFile(blob(digest), 'utf8')) as Manifest).layers;
}

test('verify names what is damaged, blob or unpacked, and in which images', async () => {
  const { one, two } = await pair('echo new >/new');
  expect(await ok(['image', 'verify', one, two])).toMatch(
    /^pair:1: \d+ parts, .*: all as they must be\npair:2: .*: all as they must be$/,
  );
  const [shared, top] = await layersOf(two);
  for (const [path, damage] of [
    [blob(shared!.digest), 'its bytes have another digest'],
    [blob(top!.digest), 'its bytes have another digest'],
  ] as const) {
    const whole = await readFile(path);
    const broken = Buffer.from(whole);
    broken[20] = broken[20]! ^ 1;
    await writeFile(path, broken);
    const { code, stdout, stderr } = await cli(['image', 'verify', two]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${path.split('/').at(-1)}  layer  `);
    expect(stdout + stderr).toContain(damage);
    expect((await cli(['image', 'verify', one])).code).toBe(path === blob(shared!.digest) ? 1 : 0);
    await writeFile(path, whole);
  }
  expect((await cli(['image', 'verify', two])).code).toBe(0);
  const snapshots = join(engine.daemon.dataRoot, 'snapshots');
  const names = await readdir(snapshots);
  const changed = names.map((name) => join(snapshots, name, 'fs/new')).find((f) => existsSync(f));
  await writeFile(changed ?? '', 'evil');
  const { code, stdout } = await cli(['image', 'verify', '-q', two]);
  expect([code, stdout]).toEqual([1, expect.stringMatching(/snapshot .* modified "\/new"/)]);
  expect((await refused(['image', 'verify', 'absent'])).stderr).toContain('no such image: absent');
});

test('tree shows a shared layer once, diff what changed file by file', async () => {
  const { one, two } = await pair('echo new >/new; echo more >>/own; rm -r /d');
  const tree = await ok(['image', 'tree']);
  expect(tree.match(/= pair:1 /g)).toHaveLength(1);
  expect(tree).toMatch(/= pair:1 [^]*└─ \w{12} [^]*= pair:2 /);
  expect((await ok(['image', 'tree', two])).match(/─ /g)).toHaveLength(2);
  const changes = ['A /new', 'C /own', 'D /d'];
  const diff = (await ok(['image', 'diff', one, two])).split('\n');
  expect(diff).toEqual(expect.arrayContaining(changes));
  expect(await ok(['image', 'diff', two, two])).toBe('');
  const back = (await ok(['image', 'diff', two, one])).split('\n');
  expect(back).toEqual(expect.arrayContaining(['D /new', 'C /own', 'A /d', 'A /d/f']));
  expect((await refused(['image', 'diff', one, 'absent'])).stderr).toContain('no such image');
});

test('convert makes other layers of the same files and config, save compresses as told', async () => {
  const { two } = await pair('echo new >/new');
  onTestFinished(async () => void (await cli(['rmi', '-f', 'converted:1', 'loaded:1'])));
  const id = await ok(['images', '-q', '--no-trunc', two]);
  expect(await ok(['image', 'convert', '-q', two, 'converted:1'])).toBe(id);
  const types = (await layersOf('converted:1')).map(({ mediaType }) => mediaType);
  expect(new Set(types)).toEqual(new Set(['application/vnd.oci.image.layer.v1.tar+zstd']));
  expect(await ok(['image', 'diff', two, 'converted:1'])).toBe('');
  expect((await cli(['image', 'verify', 'converted:1'])).code).toBe(0);
  const saved = async (compression: string) =>
    (await cli(['save', '--compression', compression, two])).stdoutBytes;
  const [none, gzip, again] = [await saved('none'), await saved('gzip'), await saved('gzip')];
  expect(gzip.length).toBeLessThan(none.length);
  expect(again.equals(gzip)).toBe(true);
  for (const bytes of [none, gzip, await saved('zstd')]) {
    await ok(['rmi', '-f', 'converted:1', two]).catch(() => undefined);
    expect(await ok(['load'], { stdin: bytes })).toBe(`Loaded image: ${two}`);
    expect(await ok(['images', '-q', '--no-trunc', two])).toBe(id);
  }
  expect((await refused(['save', '--compression', 'lzma', two])).stderr).toContain(
    'must be gzip, zstd or none',
  );
});

test('the same image in another compression, loaded over it, is still one image', async () => {
  const name = 'same:1';
  onTestFinished(async () => void (await cli(['rmi', '-f', name])));
  await ok(['import', '-', name], { stdin: tar(file('a', 'a'.repeat(10_000))) });
  const { stdoutBytes } = await cli(['save', '--compression', 'zstd', name]);
  await ok(['load'], { stdin: stdoutBytes });
  expect((await ok(['images', '-q'])).split('\n')).toHaveLength(1);
  expect(await ok(['images', '-q', '-f', 'dangling=true'])).toBe('');
  expect(await ok(['image', 'prune', '-f'])).toMatch(/^Total reclaimed space: /);
  expect((await ok(['images', '-q'])).split('\n')).toHaveLength(1);
});
