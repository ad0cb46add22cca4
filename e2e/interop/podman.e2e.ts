import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program } from '@wharf/testing';
import { useEngine } from '../support.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { podmanOnItsOwn } from '../support/podman.js';
import type { Podman } from '../support/podman.js';
import { freePort } from '../support/port.js';
import { changeFlags, outcome, sampleOutcome, wharfSample } from '../support/samples.js';
import { Tool } from '../support/tool.js';
import { startWritableWharfd } from '../support/writable.js';

const [port, servedPort] = [await freePort(), await freePort()];
const served = `127.0.0.1:${servedPort}`;
const flags = ['--insecure-registry', '127.0.0.0/8', '--serve-registry', served];
const engine = useEngine({ flags });
const { ok } = engine;
const plain = '--tls-verify=false';

const undo = new AsyncDisposableStack();
let registry: DockerRegistry;
let containers: Podman;
let podman: Tool;
let buildah: Tool;
let wharf: Tool;

const ref = (path: string): string => `127.0.0.1:${port}/${path}`;
const runByWharf = async (name: string) => outcome(await engine.run([name]));
const runByPodman = async (name: string) => outcome(await containers.run([name]));

beforeAll(async () => {
  wharf = new Tool(program('wharf'), [], { WHARF_HOST: engine.daemon.host });
  registry = undo.use(await DockerRegistry.start({ port }));
  containers = undo.use(await podmanOnItsOwn());
  ({ podman, buildah } = containers);
  await wharf.pipe(['save', 'busybox'], podman, ['load']);
});
afterAll(() => undo.disposeAsync());

/** Each makes an image in the storage of podman by that name, whose run gives `sampleOutcome(how)`. */
const makers: Readonly<Record<string, (name: string) => Promise<void>>> = {
  podman: (name) => commit('podman', 'oci', name),
  'podman in the format of docker': (name) =>
    commit('podman in the format of docker', 'docker', name),
  async buildah(name) {
    const greeting = join(containers.work, 'greeting');
    await writeFile(greeting, 'buildah\n');
    const id = await buildah.ok(['from', '--pull-never', 'busybox']);
    await buildah.ok(['copy', id, greeting, '/srv/greeting']);
    const config = ['--env', 'WHO=sample', '--workingdir', '/srv'];
    const cmd = ['sh', '-c', 'cat greeting; echo $WHO in $PWD; exit 7'];
    await buildah.ok(['config', ...config, '--cmd', JSON.stringify(cmd), id]);
    await buildah.ok(['commit', '--rm', id, name]);
  },
};

async function commit(how: string, format: string, name: string): Promise<void> {
  const write = `mkdir -p /srv; echo ${how} >/srv/greeting`;
  const create = ['create', '--network', 'none', 'busybox', 'sh', '-c', write];
  const id = await podman.ok(create);
  await podman.ok(['start', '-a', id]);
  await podman.ok(['commit', '-q', '--format', format, ...changeFlags, id, name]);
  await podman.ok(['rm', id]);
}

test.each(['gzip', 'zstd', 'none'])('podman runs what wharf has pushed as %s', async (kind) => {
  const name = ref(`by-wharf-${kind}:1`);
  await wharfSample(engine, name, kind);
  await ok(['push', '--compression', kind, '--force-compression', name]);
  await podman.ok(['pull', plain, name]);
  expect(await runByPodman(name)).toEqual(sampleOutcome(kind));
});

test.each(Object.keys(makers))('wharf runs what %s made and pushed', async (how) => {
  const [name, again] = [`made/${Object.keys(makers).indexOf(how)}:1`, `again:${how.length}`];
  await makers[how]?.(ref(name));
  await podman.ok(['push', plain, ref(name)]);
  await ok(['pull', ref(name)]);
  expect(await runByWharf(ref(name))).toEqual(sampleOutcome(how));
  await ok(['tag', ref(name), ref(again)]);
  await ok(['push', ref(again)]);
  expect((await registry.manifest(again)).digest).toBe((await registry.manifest(name)).digest);
  await podman.ok(['pull', plain, ref(again)]);
  expect(await runByPodman(ref(again))).toEqual(sampleOutcome(how));
});

test('wharf runs an image that podman has pushed with zstd', async () => {
  const name = ref('zstd-by-podman:1');
  await makers['podman']?.(name);
  await podman.ok(['push', plain, '--compression-format', 'zstd', name]);
  await ok(['pull', name]);
  const { document } = await registry.manifest('zstd-by-podman:1');
  expect(document.layers?.at(-1)?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+zstd');
  expect(await runByWharf(name)).toEqual(sampleOutcome('podman'));
});

test('wharf save | podman load, several images at once', async () => {
  const [one, two] = [ref('saved:1'), ref('team/saved:2')];
  await wharfSample(engine, one, 'saved one');
  await wharfSample(engine, two, 'saved two');
  await wharf.pipe(['save', one, two], podman, ['load']);
  expect(await runByPodman(one)).toEqual(sampleOutcome('saved one'));
  expect(await runByPodman(two)).toEqual(sampleOutcome('saved two'));
});

test.each(['docker-archive', 'oci-archive'])('podman save as %s | wharf load', async (format) => {
  const name = ref(`piped/${format}:1`);
  await makers['podman']?.(name);
  const loaded = await podman.pipe(['save', '--format', format, name], wharf, ['load']);
  expect(loaded).toBe(`Loaded image: ${name}`);
  expect(await runByWharf(name)).toEqual(sampleOutcome('podman'));
  const file = join(containers.work, `${format}.tar`);
  await podman.ok(['save', '-q', '--format', format, '-o', file, name]);
  await ok(['rmi', name]);
  expect(await ok(['load', '-i', file])).toBe(`Loaded image: ${name}`);
  expect(await runByWharf(name)).toEqual(sampleOutcome('podman'));
});

test('podman save of several images | wharf load', async () => {
  const names = [ref('several/podman:1'), ref('several/buildah:2')];
  await makers['podman']?.(names[0] ?? '');
  await makers['buildah']?.(names[1] ?? '');
  const loaded = await podman.pipe(['save', '-m', ...names], wharf, ['load']);
  expect(loaded.split('\n').sort()).toEqual(names.map((name) => `Loaded image: ${name}`).sort());
  expect(await runByWharf(names[0] ?? '')).toEqual(sampleOutcome('podman'));
  expect(await runByWharf(names[1] ?? '')).toEqual(sampleOutcome('buildah'));
});

test('podman pulls from a wharfd, and may not push to it', async () => {
  await wharfSample(engine, 'team/served:1', 'served');
  const name = `${served}/team/served:1`;
  await podman.ok(['pull', plain, name]);
  expect(await runByPodman(name)).toEqual(sampleOutcome('served'));
  const pushed = `${served}/team/pushed:1`;
  await podman.ok(['tag', name, pushed]);
  expect(await podman.refused(['push', plain, pushed])).toMatch(/read-only|unsupported/);
});

test('podman pushes to a wharfd that lets it', async () => {
  await using far = await startWritableWharfd();
  const name = `${far.address}/team/pushed:1`;
  await makers['podman']?.(name);
  await podman.ok(['push', plain, name]);
  const got = await far.cli('run', '--rm', '--network', 'none', 'team/pushed:1');
  expect(got).toEqual(sampleOutcome('podman'));
});

test('buildah begins with an image of a wharfd', async () => {
  const id = await buildah.ok(['from', plain, `${served}/busybox:latest`]);
  await buildah.ok(['rm', id]);
});

test('podman pulls the image of its platform from a manifest list of wharf', async () => {
  const [one, other] = [ref('list:one'), ref('list:other')];
  await wharfSample(engine, one, 'listed');
  await ok(['push', one]);
  await ok(['tag', 'busybox', other]);
  await ok(['push', other]);
  await ok(['manifest', 'create', ref('list:1'), one, other]);
  await ok(['manifest', 'annotate', '--arch', 's390x', ref('list:1'), other]);
  await ok(['manifest', 'push', '--purge', ref('list:1')]);
  await podman.ok(['pull', plain, ref('list:1')]);
  expect(await runByPodman(ref('list:1'))).toEqual(sampleOutcome('listed'));
});
