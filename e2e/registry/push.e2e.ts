import { arch } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImageInput } from '@wharf/testing';
import { useEngine } from '../support.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { busyboxLayer } from '../support/images.js';
import { freePort } from '../support/port.js';
import { file, tar } from '../support/tar.js';

const port = await freePort();
const engine = useEngine({ flags: ['--insecure-registry', `127.0.0.1:${port}`] });
const { cli, ok, refused, run } = engine;
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await DockerRegistry.start({ port });
});
afterAll(() => registry[Symbol.asyncDispose]());

const name = (path: string): string => `127.0.0.1:${port}/${path}`;
const layerTypes = async (path: string): Promise<string[]> =>
  (await registry.manifest(path)).document.layers?.map(({ mediaType }) => mediaType) ?? [];

test('a push tells the digest, by which the image is known then, also while a container uses it', async () => {
  await engine.created(['busybox', 'true']);
  await ok(['tag', 'busybox', name('team/app:1')]);
  const lines = (await ok(['push', name('team/app:1')])).split('\n');
  expect(lines[0]).toBe(`The push refers to repository [${name('team/app')}]`);
  const { digest } = await registry.manifest('team/app:1');
  expect(lines.at(-1)).toMatch(new RegExp(`^1: digest: ${digest} size: \\d+$`));
  const repoDigest = `${name('team/app')}@${digest}`;
  const template = '{{index .RepoDigests 0}}';
  expect(await ok(['image', 'inspect', '-f', template, name('team/app:1')])).toBe(repoDigest);
  const format = ['--digests', '--format', '{{.Tag}} {{.Digest}}'];
  expect(await ok(['images', ...format, name('team/app')])).toBe(`1 ${digest}`);
  expect(await ok(['push', name('team/app:1')])).toContain('Layer already exists');
  const id = await ok(['images', '-q', '--no-trunc', 'busybox']);
  expect(await ok(['image', 'inspect', '-f', '{{.Id}}', repoDigest])).toBe(id);
  expect(await ok(['rmi', name('team/app:1')])).toBe(
    `Untagged: ${name('team/app:1')}\nUntagged: ${repoDigest}`,
  );
  expect(await ok(['images', '-q', name('team/app')])).toBe('');
});

test('--all-tags pushes each tag of the repository, pull -a brings them', async () => {
  for (const tag of ['1', '2', 'three']) await ok(['tag', 'busybox', name(`all:${tag}`)]);
  const pushed = (await ok(['push', '-a', name('all')])).split('\n');
  expect(pushed.filter((line) => line.includes(': digest: '))).toHaveLength(3);
  expect((await refused(['push', '-a', name('all:1')])).stderr).toContain(
    "tag can't be used with --all-tags/-a",
  );
  expect((await refused(['pull', '-a', name('all:1')])).stderr).toContain(
    "tag can't be used with --all-tags/-a",
  );
  await ok(['rmi', ...['1', '2', 'three'].map((tag) => name(`all:${tag}`))]);
  expect(await ok(['pull', '-a', '-q', name('all')])).toBe(name('all'));
  const tags = await ok(['images', '--format', '{{.Tag}}', name('all')]);
  expect(tags.split('\n').sort()).toEqual(['1', '2', 'three']);
  expect((await refused(['pull', '-a', name('nobody')])).stderr).toContain('not found');
});

test('layers are pushed compressed as told, and pulled again', async () => {
  const ends = { gzip: 'tar+gzip', zstd: 'tar+zstd', none: 'tar' };
  for (const [compression, type] of Object.entries(ends)) {
    const ref = name(`as-${compression}:1`);
    await ok(['tag', 'busybox', ref]);
    await ok(['push', '-q', '--compression', compression, '--force-compression', ref]);
    expect(await layerTypes(`as-${compression}:1`)).toEqual([
      `application/vnd.oci.image.layer.v1.${type}`,
    ]);
    await ok(['rmi', ref]);
    await ok(['pull', '-q', ref]);
    expect((await run([ref, 'echo', compression])).stdout).toBe(`${compression}\n`);
  }
  const { stderr } = await refused(['push', '--compression', 'lzma', 'busybox']);
  expect(stderr).toContain('must be gzip, zstd or none');
});

test('what cannot be pushed is refused by name', async () => {
  const absent = `an image does not exist locally with the tag: ${name('absent')}`;
  expect((await refused(['push', name('absent:1')])).stderr).toContain(absent);
  expect((await refused(['push', '-a', name('absent')])).stderr).toContain(absent);
  const digest = `${name('absent')}@sha256:${'0'.repeat(64)}`;
  expect((await refused(['push', digest])).stderr).toContain('cannot push a digest reference');
  expect((await refused(['push', name('UPPER:1')])).stderr).toContain('must be lowercase');
  expect((await refused(['push', '127.0.0.1:1/app'])).code).toBe(1);
});

const own = arch() === 'x64' ? 'amd64' : arch();
const other = own === 'amd64' ? 'arm64' : 'amd64';
const of = (architecture: string): ImageInput => ({
  layers: [busyboxLayer(), tar(file('arch', architecture))],
  architecture,
});

test('an index keeps its platforms apart: pull, run, inspect, save, mount and rm by --platform', async () => {
  const ref = name('many:1');
  await registry.pushIndex('many:1', [of(own), of(other), of('s390x')]);
  const at = (architecture: string) => ['--platform', `linux/${architecture}`];
  const arch_ = async (flags: readonly string[]) => {
    const { stdout, stderr } = await run([...flags, ref, 'cat', '/arch']);
    return stderr.includes('exec format') ? 'foreign' : stdout;
  };
  expect(await arch_(['-q', '--pull', 'always'])).toBe(own);
  expect((await refused(['run', '--rm', '--pull', 'never', ...at(other), ref])).stderr).toContain(
    `not for linux/${other}`,
  );
  // The binaries are of this machine: the label of the image alone is foreign.
  expect(await arch_(['-q', '--pull', 'always', ...at(other)])).toBe(other);
  expect(await arch_(['-q', ...at('s390x')])).toBe('s390x');
  expect(await arch_([])).toBe(own);
  const shown = (flags: readonly string[]) =>
    ok(['image', 'inspect', ...flags, '-f', '{{.Architecture}}', ref]);
  expect([await shown([]), await shown(at(other))]).toEqual([own, other]);
  expect(await ok(['images', '--format', '{{.Platform}}', ref])).toContain(`linux/${other}`);
  const tree = await ok(['images', '--tree']);
  for (const each of [own, other, 's390x']) expect(tree).toMatch(new RegExp(`linux/${each} .*MB`));

  const paths = [
    await ok(['image', 'mount', ref]),
    await ok(['image', 'mount', ...at(other), ref]),
  ];
  expect(new Set(paths).size).toBe(2);
  const byDigest = await ok(['image', 'inspect', ...at('s390x'), '-f', '{{.Id}}', ref]);
  const manifest = JSON.parse(await ok(['image', 'inspect', '-f', '{{json .Manifests}}', ref])) as {
    readonly ID: string;
    readonly ImageData: { readonly ImageID: string };
  }[];
  const third = manifest.find(({ ImageData }) => ImageData.ImageID === byDigest)?.ID ?? '';
  await ok(['image', 'mount', third]);
  expect((await ok(['image', 'umount', '-a'])).split('\n')).toHaveLength(3);
  expect((await ok(['image', 'mount'])).split('\n')).toHaveLength(1);

  const { stdoutBytes } = await cli(['save', ...at('s390x'), ref]);
  await ok(['rmi', ...at('s390x'), ref]);
  expect((await refused(['save', ...at('s390x'), ref])).stderr).toContain('not for linux/s390x');
  expect((await refused(['rmi', ...at('s390x'), ref])).stderr).toContain('not for linux/s390x');
  expect(await shown([])).toBe(own);
  await ok(['rmi', ref]);
  expect(await ok(['load'], { stdin: stdoutBytes })).toBe(`Loaded image: ${ref}`);
  expect(await shown([])).toBe('s390x');
});
