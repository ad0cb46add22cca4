import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program } from '@wharf/testing';
import { useEngine } from '../support.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { startDockerd } from '../support/dockerd.js';
import type { Docker } from '../support/dockerd.js';
import { freePort } from '../support/port.js';
import { changeFlags, outcome, sampleOutcome, wharfSample } from '../support/samples.js';
import { Tool } from '../support/tool.js';
import { startWritableWharfd } from '../support/writable.js';

const [port, servedPort] = [await freePort(), await freePort()];
const served = `127.0.0.1:${servedPort}`;
const flags = ['--insecure-registry', '127.0.0.0/8', '--serve-registry', served];
const engine = useEngine({ flags });
const { cli, ok } = engine;

const undo = new AsyncDisposableStack();
let registry: DockerRegistry;
let dockerd: Docker;
let docker: Tool;
let wharf: Tool;

const ref = (path: string): string => `127.0.0.1:${port}/${path}`;
const runByWharf = async (name: string) => outcome(await engine.run([name]));
const runByDocker = async (name: string) =>
  outcome(await docker.cli(['run', '--rm', '--network', 'none', name]));

beforeAll(async () => {
  wharf = new Tool(program('wharf'), [], { WHARF_HOST: engine.daemon.host });
  registry = undo.use(await DockerRegistry.start({ port }));
  dockerd = undo.use(await startDockerd());
  docker = dockerd.docker;
  await wharf.pipe(['save', 'busybox'], docker, ['load']);
});
afterAll(() => undo.disposeAsync());

/** Each makes an image in docker by that name, whose run gives `sampleOutcome(how)`. */
const makers: Readonly<Record<string, (name: string) => Promise<unknown>>> = {
  async commit(name) {
    const write = 'mkdir -p /srv; echo commit >/srv/greeting';
    const id = await docker.ok(['create', '--network', 'none', 'busybox', 'sh', '-c', write]);
    await docker.ok(['start', '-a', id]);
    await docker.ok(['commit', ...changeFlags, id, name]);
    await docker.ok(['rm', id]);
  },
  async import(name) {
    const id = await docker.ok(['create', 'busybox', 'true']);
    const flat = join(dockerd.work, 'flat.tar');
    await docker.ok(['export', '-o', flat, id]);
    await docker.ok(['rm', id]);
    const path = [
      '--change',
      'ENV PATH=/bin',
      '--change',
      'WORKDIR /srv',
      '--change',
      'ENV WHO=sample',
    ];
    const cmd = 'CMD ["sh", "-c", "echo import; echo $WHO in $PWD; exit 7"]';
    await docker.ok(['import', ...path, '--change', cmd, flat, name]);
  },
  async build(name) {
    const context = join(dockerd.work, 'context');
    await mkdir(context, { recursive: true });
    await writeFile(join(context, 'greeting'), 'build\n');
    const lines = [
      'FROM busybox',
      'ENV WHO=sample',
      'COPY greeting /srv/greeting',
      'RUN rm /bin/vi && mkdir -p /a/b && ln -s b /a/c && touch /a/b/d && chown 1000:1001 /a/b/d',
      'WORKDIR /srv',
      'ENTRYPOINT ["sh", "-c"]',
      'CMD ["cat greeting; echo $WHO in $PWD; exit 7"]',
    ];
    await writeFile(join(context, 'Dockerfile'), lines.join('\n'));
    await docker.ok(['build', '--network', 'none', '-t', name, context]);
  },
};

test('docker runs what wharf has pushed', async () => {
  const name = ref('by-wharf:1');
  await wharfSample(engine, name, 'by wharf');
  await ok(['push', name]);
  await docker.ok(['pull', name]);
  expect(await runByDocker(name)).toEqual(sampleOutcome('by wharf'));
  expect(await docker.ok(['images', '-q', '--no-trunc', name])).toBe(
    await ok(['images', '-q', '--no-trunc', name]),
  );
});

test.each(Object.keys(makers))('wharf runs what docker %s made and pushed', async (how) => {
  const [name, again] = [`made-by-${how}:1`, `again/${how}:2`];
  await makers[how]?.(ref(name));
  await docker.ok(['push', ref(name)]);
  await ok(['pull', ref(name)]);
  expect(await runByWharf(ref(name))).toEqual(sampleOutcome(how));
  await ok(['tag', ref(name), ref(again)]);
  await ok(['push', ref(again)]);
  expect((await registry.manifest(again)).digest).toBe((await registry.manifest(name)).digest);
  await docker.ok(['pull', ref(again)]);
  expect(await runByDocker(ref(again))).toEqual(sampleOutcome(how));
});

test('wharf save | docker load, several images at once', async () => {
  await wharfSample(engine, 'team/saved:1', 'saved one');
  await wharfSample(engine, 'saved:2', 'saved two');
  const loaded = await wharf.pipe(['save', 'team/saved:1', 'saved:2'], docker, ['load']);
  expect(loaded.split('\n').sort()).toEqual([
    'Loaded image: saved:2',
    'Loaded image: team/saved:1',
  ]);
  expect(await runByDocker('team/saved:1')).toEqual(sampleOutcome('saved one'));
  expect(await runByDocker('saved:2')).toEqual(sampleOutcome('saved two'));
  expect(await docker.ok(['images', '-q', '--no-trunc', 'saved:2'])).toBe(
    await ok(['images', '-q', '--no-trunc', 'saved:2']),
  );
});

test('docker save | wharf load, several images at once', async () => {
  await makers['commit']?.('piped:1');
  await makers['build']?.('team/piped:2');
  const images = ['piped:1', 'team/piped:2'];
  const loaded = await docker.pipe(['save', ...images], wharf, ['load']);
  expect(loaded.split('\n').sort()).toEqual(images.map((name) => `Loaded image: ${name}`));
  expect(await runByWharf('piped:1')).toEqual(sampleOutcome('commit'));
  expect(await runByWharf('team/piped:2')).toEqual(sampleOutcome('build'));
  const id = ['images', '-q', '--no-trunc', 'piped:1'];
  expect(await ok(id)).toBe(await docker.ok(id));
});

test('wharf loads a file of docker save, also an image without a name', async () => {
  await makers['commit']?.('from-file:1');
  const id = await docker.ok(['images', '-q', '--no-trunc', 'from-file:1']);
  const [named, bare] = [join(dockerd.work, 'named.tar'), join(dockerd.work, 'bare.tar')];
  await docker.ok(['save', '-o', named, 'from-file:1']);
  await docker.ok(['save', '-o', bare, id]);
  expect(await ok(['load', '-i', bare])).toBe(`Loaded image ID: ${id}`);
  expect(await runByWharf(id)).toEqual(sampleOutcome('commit'));
  expect(await ok(['load', '-i', named])).toBe('Loaded image: from-file:1');
  expect(await runByWharf('from-file:1')).toEqual(sampleOutcome('commit'));
});

test('an image keeps its id from wharf to docker and back', async () => {
  await wharfSample(engine, 'there-and-back:1', 'back');
  const id = await ok(['images', '-q', '--no-trunc', 'there-and-back:1']);
  await wharf.pipe(['save', 'there-and-back:1'], docker, ['load']);
  await ok(['rmi', 'there-and-back:1']);
  await docker.pipe(['save', 'there-and-back:1'], wharf, ['load']);
  expect(await ok(['images', '-q', '--no-trunc', 'there-and-back:1'])).toBe(id);
  expect(await runByWharf('there-and-back:1')).toEqual(sampleOutcome('back'));
});

test('docker export | wharf import, and the other way', async () => {
  const theirs = await docker.ok(['create', 'busybox', 'true']);
  const ours = await engine.created(['busybox', 'true']);
  const change = ['import', '--change', 'CMD ["/bin/sh", "-c", "echo imported; exit 7"]', '-'];
  const wanted = { code: 7, stdout: 'imported\n' };
  await docker.pipe(['export', theirs], wharf, [...change, 'imported:1']);
  expect(await runByWharf('imported:1')).toEqual(wanted);
  await wharf.pipe(['export', ours], docker, [...change, 'imported:2']);
  expect(await runByDocker('imported:2')).toEqual(wanted);
  await docker.ok(['rm', theirs]);
});

test('docker pulls from a wharfd, and may not push to it', async () => {
  await wharfSample(engine, 'team/served:1', 'served');
  await docker.ok(['pull', `${served}/team/served:1`]);
  expect(await runByDocker(`${served}/team/served:1`)).toEqual(sampleOutcome('served'));
  await docker.ok(['tag', 'busybox', `${served}/team/pushed:1`]);
  expect(await docker.refused(['push', `${served}/team/pushed:1`])).toMatch(/read-only|denied/);
  expect((await cli(['image', 'exists', 'team/pushed:1'])).code).not.toBe(0);
});

test('docker pushes to a wharfd that lets it, and pulls it again', async () => {
  await using far = await startWritableWharfd();
  const name = `${far.address}/team/pushed:1`;
  await makers['commit']?.(name);
  await docker.ok(['push', name]);
  const got = await far.cli('run', '--rm', '--network', 'none', 'team/pushed:1');
  expect(got).toEqual(sampleOutcome('commit'));
  await docker.ok(['rmi', name]);
  await docker.ok(['pull', name]);
  expect(await runByDocker(name)).toEqual(sampleOutcome('commit'));
});

test.each([
  ['wharf', wharfSample.bind(undefined, engine), ok],
  ['docker', (name: string) => makers['commit']?.(name), (args: string[]) => docker.ok(args)],
] as const)('docker reads a manifest list of images of %s', async (whose, make, own) => {
  const [list, one, other] = [ref(`list-${whose}:1`), ref(`list-${whose}:one`), ref('other:1')];
  await make(one, 'commit');
  await own(['push', one]);
  await own(['tag', 'busybox', other]);
  await own(['push', other]);
  await ok(['manifest', 'create', list, one, other]);
  await ok(['manifest', 'annotate', '--arch', 's390x', list, other]);
  await ok(['manifest', 'push', list]);
  await docker.ok(['pull', list]);
  expect(await runByDocker(list)).toEqual(sampleOutcome('commit'));
});

test('docker manifest inspect shows a manifest list of images of docker', async () => {
  const list = ref('inspected:1');
  await docker.ok(['tag', 'busybox', ref('inspected:0')]);
  await docker.ok(['push', ref('inspected:0')]);
  await ok(['manifest', 'create', list, ref('inspected:0')]);
  await ok(['manifest', 'push', list]);
  const seen = await docker.ok(['manifest', 'inspect', '--insecure', list]);
  expect(JSON.parse(seen)).toEqual(JSON.parse(await ok(['manifest', 'inspect', list])));
});
