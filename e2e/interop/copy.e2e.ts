import { afterAll, beforeAll, expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { busyboxLayer } from '../support/images.js';
import { freePort } from '../support/port.js';
import { file, tar } from '../support/tar.js';
import { Tool } from '../support/tool.js';

const [port, otherPort] = [await freePort(), await freePort()];
const engine = useEngine({ busybox: false, flags: ['--insecure-registry', '127.0.0.0/8'] });
const { cli, ok, refused } = engine;
const skopeo = new Tool('skopeo', ['--insecure-policy']);

const platforms = ['amd64', 'arm64'];
const here = process.arch === 'x64' ? 'amd64' : 'arm64';
const base = busyboxLayer();
const layersOf = (text: string) => [base, tar(file('greeting', text))];
const oneOf = (name: string): string => `127.0.0.1:${port}/${name}`;
const otherOf = (name: string): string => `127.0.0.1:${otherPort}/${name}`;

const undo = new AsyncDisposableStack();
let one: DockerRegistry;
let other: DockerRegistry;

beforeAll(async () => {
  one = undo.use(await DockerRegistry.start({ port }));
  other = undo.use(await DockerRegistry.start({ port: otherPort }));
});
afterAll(() => undo.disposeAsync());

const greet = async (ref: string): Promise<string> =>
  (await engine.run([ref, 'cat', '/greeting'])).stdout;
const raw = async (ref: string) =>
  JSON.parse(await skopeo.ok(['inspect', '--raw', '--tls-verify=false', `docker://${ref}`])) as {
    readonly mediaType: string;
    readonly manifests: readonly { readonly platform: Readonly<Record<string, string>> }[];
  };

test('an index is copied whole from registry to registry, and nothing is kept here', async () => {
  const inputs = platforms.map((architecture) => ({
    layers: layersOf(architecture),
    architecture,
  }));
  const digest = await one.pushIndex('team/many:1', inputs);
  await ok(['image', 'copy', oneOf('team/many:1'), otherOf('many:1'), otherOf('again:2')]);
  expect((await other.manifest('many:1')).digest).toBe(digest);
  expect((await other.manifest('again:2')).digest).toBe(digest);
  expect(await ok(['images', '-q'])).toBe('');
  for (const architecture of platforms) {
    const override = ['--override-arch', architecture, '--tls-verify=false'];
    const seen = await skopeo.ok(['inspect', ...override, `docker://${otherOf('many:1')}`]);
    expect(JSON.parse(seen)).toMatchObject({ Architecture: architecture });
  }
  await ok(['pull', otherOf('many:1')]);
  expect(await greet(otherOf('many:1'))).toBe(here);
});

test.each(['oci', 'v2s2'])('an image of the format %s is copied as it is', async (format) => {
  const input = { layers: layersOf(format), architecture: here };
  await one.push(`as-${format}:1`, input, ['--format', format]);
  await ok(['image', 'copy', '-q', oneOf(`as-${format}:1`), otherOf(`as-${format}:1`)]);
  const [from, to] = await Promise.all([one, other].map((it) => it.manifest(`as-${format}:1`)));
  expect(to).toEqual(from);
});

test('--platform copies one of them', async () => {
  const inputs = platforms.map((architecture) => ({
    layers: layersOf(architecture),
    architecture,
  }));
  await one.pushIndex('several:1', inputs);
  const flags = ['--platform', 'linux/arm64'];
  await ok(['image', 'copy', ...flags, oneOf('several:1'), otherOf('several:1')]);
  const wanted = (await one.manifest('several:1')).document.manifests?.[1]?.digest;
  expect((await other.manifest('several:1')).digest).toBe(wanted);
});

test.each(['oci', 'v2s2'])('manifest makes one name of images of the format %s', async (format) => {
  const list = oneOf(`list-${format}:1`);
  for (const text of ['first', 'second']) {
    const input = { layers: layersOf(text), architecture: here };
    await one.push(`list-${format}:${text}`, input, ['--format', format]);
  }
  const [first, second] = [oneOf(`list-${format}:first`), oneOf(`list-${format}:second`)];
  await ok(['manifest', 'create', list, first, second]);
  await ok(['manifest', 'annotate', '--arch', 'arm', '--variant', 'v7', list, second]);
  expect(JSON.parse(await ok(['manifest', 'inspect', list]))).toMatchObject({
    manifests: [
      { platform: { os: 'linux', architecture: here } },
      { platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
    ],
  });
  const pushed = await ok(['manifest', 'push', list]);
  const stored = await one.manifest(`list-${format}:1`);
  expect(pushed).toContain(stored.digest);
  expect(await raw(list)).toEqual(JSON.parse(await ok(['manifest', 'inspect', list])));
  expect(stored.mediaType).toBe(
    format === 'oci'
      ? 'application/vnd.oci.image.index.v1+json'
      : 'application/vnd.docker.distribution.manifest.list.v2+json',
  );
  await ok(['manifest', 'rm', list]);
  expect((await refused(['manifest', 'push', list])).stderr).toMatch(/no such manifest/i);
  await ok(['pull', list]);
  expect(await greet(list)).toBe('first');
  await ok(['pull', '--platform', 'linux/arm/v7', list]);
  await ok(['rmi', list]);
});

test('a list gets further images by --amend, from another registry too', async () => {
  const [list, added] = [oneOf('amended:1'), otherOf('amended:1')];
  await one.push('amended:here', { layers: layersOf('here'), architecture: here });
  await other.push('amended:1', { layers: layersOf('elsewhere'), architecture: 's390x' });
  await ok(['manifest', 'create', list, oneOf('amended:here')]);
  expect((await refused(['manifest', 'create', list, added])).stderr).toMatch(/--amend/);
  await ok(['manifest', 'create', '--amend', list, added]);
  await ok(['manifest', 'push', '--purge', list]);
  expect((await raw(list)).manifests.map(({ platform }) => platform['architecture'])).toEqual([
    here,
    's390x',
  ]);
  const own = ['--override-arch', 's390x', '--src-tls-verify=false', '--dest-tls-verify=false'];
  await skopeo.ok(['copy', ...own, `docker://${list}`, `docker://${otherOf('got:1')}`]);
  expect((await cli(['manifest', 'rm', list])).code).not.toBe(0);
});
