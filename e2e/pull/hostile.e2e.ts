import { randomBytes } from 'node:crypto';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { digestOf, startFakeRegistry, tempDir } from '@wharf/testing';
import type { ImageInput, TempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { busyboxLayer } from '../support/images.js';
import { directory, file, hardlink, symlink, tar } from '../support/tar.js';
import type { Member } from '../support/tar.js';

const registry = await startFakeRegistry();
const engine = useEngine({ busybox: false, flags: ['--insecure-registry', registry.host] });
const { cli, ok, refused } = engine;

const base = busyboxLayer();
const architecture = arch() === 'x64' ? 'amd64' : arch();
/** The longest that a hostile pull may take, in milliseconds. */
const patience = 10_000;
let images = 0;
let canary: TempDir;

beforeAll(async () => {
  canary = await tempDir('canary-');
  await writeFile(join(canary.path, 'file'), 'untouched');
});
afterEach(async () => {
  expect(await readFile(join(canary.path, 'file'), 'utf8')).toBe('untouched');
  expect(await readdir(canary.path)).toEqual(['file']);
  expect(await escaped()).toEqual([]);
});
afterAll(async () => {
  await canary.remove();
  await registry[Symbol.asyncDispose]();
});

/** Where a name that climbs out of a layer would end. */
async function escaped(): Promise<string[]> {
  const { root, dataRoot } = engine.daemon;
  const snapshots = join(dataRoot, 'snapshots');
  const folders = ['/', dirname(root), root, dataRoot, snapshots];
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  return names.flat().filter((name) => name === 'escaped');
}

function put(input: Partial<ImageInput>) {
  const repository = `hostile${images++}`;
  const image = registry.store.putImage(repository, '1', {
    layers: [base],
    architecture,
    ...input,
  });
  return { image, ref: `${registry.host}/${repository}:1` };
}

async function expectRefused(ref: string, why: RegExp): Promise<void> {
  const { code, stderr } = await refused(['pull', ref], { timeout: patience });
  expect(code).toBe(1);
  expect(stderr).toMatch(why);
  expect(stderr).not.toMatch(/bug of wharf|\n\s+at /);
  expect(await ok(['images', '-q', ref])).toBe('');
  const begun = await readdir(join(engine.daemon.dataRoot, 'snapshots'));
  expect(begun.filter((each) => each.startsWith('tmp-'))).toEqual([]);
  expect(await ok(['ping'])).not.toBe('');
}

const evil = (name: string): Member => file(name, 'evil');
const pax = (body: string): Member => ({ name: 'PaxHeaders.0/x', type: 'x', body });
/** A PAX record with the length that it has, in two digits. */
const paxOf = (text: string): Member => pax(`${text.length + 4} ${text}\n`);

test.each<[string, RegExp, () => readonly Member[]]>([
  ['a name that climbs', /\.\./, () => [evil('../../../../escaped')]],
  ['a name that climbs from a folder', /\.\./, () => [directory('d'), evil('d/../../escaped')]],
  ['a PAX name that climbs', /\.\./, () => [paxOf('path=../../../escaped'), evil('a')]],
  ['a hard link out', /not in this layer/, () => [hardlink('h', `${canary.path}/file`)]],
  [
    'a hard link through a link out',
    /not in this layer/,
    () => [symlink('l', canary.path), hardlink('h', 'l/file'), evil('h')],
  ],
  ['a hard link that climbs', /\.\./, () => [hardlink('h', '../../../../etc/passwd')]],
  ['a whiteout of the folder', /names no file/, () => [evil('d/.wh..')]],
  ['a whiteout of the parent', /names no file/, () => [evil('d/.wh...')]],
  ['a whiteout without a name', /names no file/, () => [evil('.wh.')]],
  [
    'the device that overlayfs takes for a whiteout',
    /whiteout/,
    () => [{ name: 'bin/sh', type: '3', major: 0, minor: 0 }],
  ],
  [
    'an attribute that only overlayfs may set',
    /overlayfs/,
    () => [paxOf('SCHILY.xattr.trusted.overlay.opaque=y'), directory('d')],
  ],
  ['links in a circle', /40 links/, () => [symlink('a', 'b'), symlink('b', 'a'), evil('a/x')]],
  ['the root as a link', /root/, () => [symlink('./', canary.path)]],
  ['a PAX header of 64 MiB', /limit|large|than/, () => [pax('x'.repeat(64 << 20)), evil('a')]],
  [
    'a PAX header that claims 8 GiB',
    /limit|large|than/,
    () => [{ name: 'x', type: 'x', size: 8 * 2 ** 30 - 1 }],
  ],
  ['a file that claims 8 GiB', /truncated/, () => [{ name: 'x', size: 8 * 2 ** 30 - 1 }]],
])('%s is refused', async (_title, why, members) => {
  const { ref } = put({ layers: [base, tar(...members())] });
  await expectRefused(ref, why);
});

test('what only looks hostile stays inside the image', async () => {
  const upper = tar(
    evil(`${canary.path}/file`),
    symlink('l', canary.path),
    evil('l/through'),
    symlink('up', '../../../../../../../..'),
    evil('up/climbed'),
    symlink('proc-root', '/proc/self/root'),
    symlink('etc/shadow', `${canary.path}/file`),
    evil('etc/shadow'),
  );
  const { ref } = put({ layers: [base, upper] });
  await ok(['pull', ref]);
  const script = `cat ${canary.path}/file ${canary.path}/through /climbed /etc/shadow`;
  const { stdout, stderr } = await engine.run([ref, 'sh', '-c', script]);
  expect(stdout + stderr).toBe('evilevilevilevil');
});

test('a later layer does not write through the links of an earlier one', async () => {
  const links = tar(symlink('etc2', canary.path), symlink('bin2', '/bin'));
  const through = tar(evil('etc2/file'), evil('etc2/new'), evil('bin2/tool'));
  const { ref } = put({ layers: [base, links, through] });
  await ok(['pull', ref]);
  const { stdout } = await engine.run([ref, 'sh', '-c', 'cat /etc2/file /etc2/new /bin2/tool']);
  expect(stdout).toBe('evilevilevil');
});

test('device nodes of an image open nothing of the host', async () => {
  const { ref } = put({
    layers: [
      base,
      tar(
        { name: 'disk', type: '4', major: 8, minor: 0, mode: 0o666 },
        { name: 'disk2', type: '4', major: 254, minor: 0, mode: 0o666 },
        { name: 'mem', type: '3', major: 1, minor: 1, mode: 0o666 },
        { name: 'kmsg', type: '3', major: 1, minor: 11, mode: 0o666 },
      ),
    ],
  });
  await ok(['pull', ref]);
  const script =
    'for f in /disk /disk2 /mem /kmsg; do (: < $f) 2>/dev/null && echo opened $f; done';
  expect((await engine.run([ref, 'sh', '-c', `${script}; echo done`])).stdout).toBe('done\n');
});

const zeros = (mebibytes: number): Buffer =>
  tar({ name: 'zeros', body: Buffer.alloc(mebibytes << 20) });
const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length >> 1);
const noise = (): Buffer => tar(file('noise', randomBytes(1 << 20)));
const cut = half(noise());

test.each<[string, RegExp, () => Partial<ImageInput>]>([
  ['a gzip bomb', /limit/, () => ({ layers: [zeros(400)] })],
  ['a zstd bomb', /limit/, () => ({ layers: [zeros(400)], compression: 'zstd' })],
  ['a cut gzip', /truncated/, () => ({ layers: [noise()], bodies: [half(gzipSync(noise()))] })],
  ['a cut archive', /truncated/, () => ({ layers: [cut] })],
  ['garbage for a layer', /corrupt/, () => ({ layers: [cut], bodies: [randomBytes(9999)] })],
  [
    'a diff id that is not of the layer',
    /unpacks to/,
    () => ({ layers: [noise()], diffIds: [digestOf(Buffer.from('other'))] }),
  ],
  ['more diff ids than layers', /layers/, () => ({ diffIds: [digestOf(base), digestOf(cut)] })],
  ['fewer diff ids than layers', /layers/, () => ({ diffIds: [] })],
])('%s is refused', async (_title, why, input) => {
  await expectRefused(put(input()).ref, why);
});

test('a blob with other bytes than its digest is refused, and is no part of a later pull', async () => {
  const { image, ref } = put({ layers: [base, noise()] });
  const digest = image.layers[1]?.digest ?? '';
  const stop = registry.misbehave({ kind: 'blob', path: digest, fault: { type: 'wrong-bytes' } });
  await expectRefused(ref, /digest/);
  stop();
  await ok(['pull', ref]);
});

test('a manifest with other bytes than its digest is refused', async () => {
  const { image, ref } = put({});
  const { digest } = image.descriptor;
  const repository = ref.slice(registry.host.length + 1, -':1'.length);
  const lie = Buffer.concat([image.manifest, Buffer.from(' ')]);
  registry.store.putManifest(repository, lie, image.descriptor.mediaType, digest);
  await expectRefused(`${registry.host}/${repository}@${digest}`, /manifest.*expected/);
});

test('a body without end is cut off at the promised size', async () => {
  const { image, ref } = put({ layers: [base, tar(file('x', randomBytes(300_000)))] });
  const path = image.layers[1]?.digest ?? '';
  const stop = registry.misbehave({ kind: 'blob', path, fault: { type: 'infinite' } });
  await expectRefused(ref, /longer|digest/);
  stop();
  expect((await stat(engine.daemon.dataRoot)).isDirectory()).toBe(true);
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['a working directory that climbs', { WorkingDir: '../../../../etc' }],
  ['a user that is a path', { User: '../../etc/passwd' }],
  ['a user out of range', { User: '99999999999' }],
  ['a stop signal that is a command', { StopSignal: 'KILL; rm -rf /' }],
  ['a volume that climbs', { Volumes: { '../../../../etc': {} } }],
  ['an environment without names', { Env: ['=x', 'no-equals', 'A=1\u0000B=2'] }],
  ['an empty entry point', { Entrypoint: [''] }],
])('%s in a config has no effect outside', async (_title, config) => {
  const { ref } = put({ config: { Cmd: ['true'], ...config } });
  const pulled = await cli(['pull', ref], { timeout: patience });
  if (pulled.code !== 0) return expect(pulled.stderr).not.toMatch(/bug of wharf/);
  const { code, stderr } = await engine.run([ref], { timeout: patience });
  if (code !== 0) expect(stderr).not.toMatch(/^$|bug of wharf/);
});
