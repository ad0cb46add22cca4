import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program, tempDir } from '@wharf/testing';
import type { TempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { freePort } from '../support/port.js';
import { outcome, sampleOutcome, wharfSample } from '../support/samples.js';
import { Tool } from '../support/tool.js';
import { startWritableWharfd } from '../support/writable.js';

const [port, servedPort] = [await freePort(), await freePort()];
const served = `127.0.0.1:${servedPort}`;
const flags = ['--insecure-registry', '127.0.0.0/8', '--serve-registry', served];
const engine = useEngine({ flags });
const { ok } = engine;
const skopeo = new Tool('skopeo', ['--insecure-policy']);
const umoci = new Tool('umoci');
const plain = '--tls-verify=false';
const source = ['--src-tls-verify=false'];
const target = ['--dest-tls-verify=false'];

const undo = new AsyncDisposableStack();
let registry: DockerRegistry;
let wharf: Tool;
let work: TempDir;

const ref = (path: string): string => `127.0.0.1:${port}/${path}`;
const remote = (path: string): string => `docker://${ref(path)}`;
const at = (name: string): string => join(work.path, name);
const runByWharf = async (name: string) => outcome(await engine.run([name]));
const idOf = (name: string): Promise<string> => ok(['images', '-q', '--no-trunc', name]);

beforeAll(async () => {
  wharf = new Tool(program('wharf'), [], { WHARF_HOST: engine.daemon.host });
  registry = undo.use(await DockerRegistry.start({ port }));
  work = undo.use(await tempDir('wharf-interop-skopeo-'));
});
afterAll(() => undo.disposeAsync());

test('wharf save gives the same bytes twice', async () => {
  await wharfSample(engine, 'saved:1', 'saved');
  const [one, two] = [at('one.tar'), at('two.tar')];
  await ok(['save', '-o', one, 'saved:1', 'busybox']);
  await ok(['save', '-o', two, 'busybox', 'saved:1']);
  expect((await readFile(one)).equals(await readFile(two))).toBe(true);
});

test.each(['docker-archive', 'oci-archive'])('skopeo reads wharf save as %s', async (kind) => {
  const name = `read-as-${kind}:1`;
  await wharfSample(engine, name, kind);
  const file = at(`${kind}.tar`);
  await ok(['save', '-o', file, name]);
  await skopeo.ok(['copy', ...target, `${kind}:${file}`, remote(name)]);
  await ok(['pull', ref(name)]);
  expect(await idOf(ref(name))).toBe(await idOf(name));
  expect(await runByWharf(ref(name))).toEqual(sampleOutcome(kind));
});

test('skopeo picks one of the images that wharf has saved together', async () => {
  await wharfSample(engine, ref('picked:1'), 'picked');
  const file = at('several.tar');
  await ok(['save', '-o', file, 'busybox', ref('picked:1')]);
  const picked = `docker-archive:${file}:${ref('picked:1')}`;
  await skopeo.ok(['copy', ...target, picked, remote('picked:2')]);
  await ok(['pull', ref('picked:2')]);
  expect(await runByWharf(ref('picked:2'))).toEqual(sampleOutcome('picked'));
});

test.each(['docker-archive', 'oci-archive'])(
  'wharf loads what skopeo wrote as %s',
  async (kind) => {
    const name = ref(`written-as-${kind}:1`);
    await wharfSample(engine, name, kind);
    const id = await idOf(name);
    await ok(['push', name]);
    const file = at(`written-${kind}.tar`);
    await skopeo.ok(['copy', ...source, `docker://${name}`, `${kind}:${file}:${name}`]);
    await ok(['rmi', name]);
    expect(await ok(['load', '-i', file])).toBe(`Loaded image: ${name}`);
    expect(await idOf(name)).toBe(id);
    expect(await runByWharf(name)).toEqual(sampleOutcome(kind));
  },
);

test.each(['oci', 'v2s2'])(
  'wharf runs what skopeo has copied from a layout as %s',
  async (format) => {
    const [name, again] = [`copied-${format}:1`, `copied-again/${format}:1`];
    await layout(name, format);
    await skopeo.ok(['copy', ...target, '--format', format, `oci:${at(format)}:1`, remote(name)]);
    await ok(['pull', ref(name)]);
    expect(await runByWharf(ref(name))).toEqual(sampleOutcome(format));
    await pushedAgain(name, again);
  },
);

test('wharf runs what umoci has repacked', async () => {
  await layout('umoci:0', 'umoci');
  const [bundle, image] = [at('bundle'), `${at('umoci')}:1`];
  await umoci.ok(['unpack', '--image', image, bundle]);
  await writeFile(join(bundle, 'rootfs/srv/greeting'), 'repacked\n');
  await umoci.ok(['repack', '--image', image, bundle]);
  await skopeo.ok(['copy', ...target, `oci:${at('umoci')}:1`, remote('umoci:1')]);
  await ok(['pull', ref('umoci:1')]);
  expect(await runByWharf(ref('umoci:1'))).toEqual(sampleOutcome('repacked'));
  await pushedAgain('umoci:1', 'umoci-again:1');
});

test('umoci unpacks what wharf has pushed', async () => {
  await wharfSample(engine, ref('unpacked:1'), 'unpacked');
  await ok(['push', ref('unpacked:1')]);
  await skopeo.ok(['copy', ...source, remote('unpacked:1'), `oci:${at('unpacked')}:1`]);
  await umoci.ok(['unpack', '--image', `${at('unpacked')}:1`, at('unpacked-bundle')]);
  const greeting = at('unpacked-bundle/rootfs/srv/greeting');
  expect(await readFile(greeting, 'utf8')).toBe('unpacked\n');
});

test('skopeo copies from a wharfd, and may not push to it', async () => {
  await wharfSample(engine, 'team/served:1', 'served');
  const name = `docker://${served}/team/served:1`;
  await skopeo.ok(['copy', ...source, ...target, name, remote('served:1')]);
  await ok(['pull', ref('served:1')]);
  expect(await runByWharf(ref('served:1'))).toEqual(sampleOutcome('served'));
  const tags = ['list-tags', plain, `docker://${served}/team/served`];
  expect(JSON.parse(await skopeo.ok(tags))).toMatchObject({ Tags: ['1'] });
  const push = ['copy', ...source, ...target, remote('served:1')];
  expect(await skopeo.refused([...push, `docker://${served}/pushed:1`])).toMatch(/read-only/);
});

test('skopeo pushes to a wharfd that lets it', async () => {
  await using far = await startWritableWharfd();
  await wharfSample(engine, ref('to-wharfd:1'), 'to a wharfd');
  await ok(['push', ref('to-wharfd:1')]);
  const copy = ['copy', ...source, ...target, remote('to-wharfd:1')];
  await skopeo.ok([...copy, `docker://${far.address}/team/got:1`]);
  const got = await far.cli('run', '--rm', '--network', 'none', 'team/got:1');
  expect(got).toEqual(sampleOutcome('to a wharfd'));
  const raw = await skopeo.ok(['inspect', '--raw', plain, `docker://${far.address}/team/got:1`]);
  expect(raw).toBe(await skopeo.ok(['inspect', '--raw', plain, remote('to-wharfd:1')]));
});

/** An OCI layout in the folder `folder` with an image of wharf by the tag 1. */
async function layout(name: string, folder: string): Promise<void> {
  await wharfSample(engine, ref(`layout/${name}`), folder);
  const archive = at(`${folder}-layout.tar`);
  await ok(['save', '-o', archive, ref(`layout/${name}`)]);
  await skopeo.ok(['copy', `oci-archive:${archive}`, `oci:${at(folder)}:1`]);
}

/** Wharf pushes what it has pulled as `name` to `again`: the same manifest. */
async function pushedAgain(name: string, again: string): Promise<void> {
  await ok(['tag', ref(name), ref(again)]);
  await ok(['push', ref(again)]);
  expect((await registry.manifest(again)).digest).toBe((await registry.manifest(name)).digest);
}
