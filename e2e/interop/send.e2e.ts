import { afterAll, beforeAll, expect, test } from 'vitest';
import { program, startDaemon, tempDir } from '@wharf/testing';
import type { TestDaemon } from '@wharf/testing';
import { useEngine } from '../support.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { freePort } from '../support/port.js';
import { outcome, sampleOutcome, wharfSample } from '../support/samples.js';
import { Tool } from '../support/tool.js';

const [port, servedPort] = [await freePort(), await freePort()];
const flags = ['--insecure-registry', '127.0.0.0/8'];
const served = `127.0.0.1:${servedPort}`;
const engine = useEngine({ flags: [...flags, '--serve-registry', served] });
const { ok } = engine;

const undo = new AsyncDisposableStack();
let far: TestDaemon;
let registry: DockerRegistry;
/** With the contexts `near` and `far`. */
let wharf: Tool;

const ref = (path: string): string => `127.0.0.1:${port}/${path}`;
const idOn = async (context: string, name: string): Promise<string> =>
  wharf.ok(['-c', context, 'images', '-q', '--no-trunc', name]);
const runFar = async (name: string) =>
  outcome(await far.wharf(['run', '--rm', '--network', 'none', name]));
const movedBlobs = (text: string): number => Number(/ in (\d+) blobs, skipped /.exec(text)?.[1]);

beforeAll(async () => {
  registry = undo.use(await DockerRegistry.start({ port }));
  far = undo.use(await startDaemon({ flags }));
  undo.defer(() => far.assertNoLeaks());
  const config = undo.use(await tempDir());
  wharf = new Tool(program('wharf'), ['--config', config.path]);
  await wharf.ok(['context', 'create', 'near', '--wharf', `host=${engine.daemon.host}`]);
  await wharf.ok(['context', 'create', 'far', '--wharf', `host=${far.host}`]);
});
afterAll(() => undo.disposeAsync());

test('an image is sent to the daemon of a context and runs there', async () => {
  await wharfSample(engine, 'team/sent:1', 'sent');
  const said = await wharf.ok(['-c', 'near', 'image', 'send', 'team/sent:1', '--to', 'far']);
  expect(said).toMatch(/^Sent team\/sent:1 to far: moved /);
  expect(movedBlobs(said)).toBe(4);
  expect(await idOn('far', 'team/sent:1')).toBe(await idOn('near', 'team/sent:1'));
  expect(await runFar('team/sent:1')).toEqual(sampleOutcome('sent'));
});

test('only what is missing there is moved', async () => {
  await wharfSample(engine, 'base:1', 'base');
  await wharf.ok(['image', 'send', '--from', 'near', '--to', 'far', 'base:1']);
  const id = await engine.created(['base:1']);
  await ok(['commit', '-c', 'ENV WHO=more', id, 'base:2']);
  const more = ['image', 'send', '--from', 'near', '--to', 'far'];
  expect(movedBlobs(await wharf.ok([...more, 'base:2']))).toBeLessThanOrEqual(3);
  expect(movedBlobs(await wharf.ok([...more, 'base:2']))).toBe(0);
  expect(movedBlobs(await wharf.ok([...more, '--name', 'other:3', 'base:2']))).toBe(0);
  expect((await runFar('other:3')).stdout).toBe('base\nmore in /srv\n');
});

test('what is sent has the digest that it had, also when pushed from there', async () => {
  await wharfSample(engine, ref('pushed:1'), 'pushed');
  await ok(['push', ref('pushed:1')]);
  await wharf.ok(['-c', 'near', 'image', 'send', ref('pushed:1'), '--to', 'far']);
  await far.wharf(['tag', ref('pushed:1'), ref('pushed:2')]);
  await wharf.ok(['-c', 'far', 'push', ref('pushed:2')]);
  const [one, two] = [await registry.manifest('pushed:1'), await registry.manifest('pushed:2')];
  expect(two.digest).toBe(one.digest);
});

test('one wharfd pulls from another, with the same digest', async () => {
  await wharfSample(engine, 'team/served:1', 'served');
  await wharf.ok(['-c', 'far', 'pull', `${served}/team/served:1`]);
  expect(await runFar(`${served}/team/served:1`)).toEqual(sampleOutcome('served'));
  expect(await idOn('far', `${served}/team/served:1`)).toBe(await idOn('near', 'team/served:1'));
});

test('to a context that is missing, and of an image that is missing, it is refused', async () => {
  const send = ['-c', 'near', 'image', 'send'];
  expect(await wharf.refused([...send, 'busybox', '--to', 'nowhere'])).toMatch(/nowhere/);
  expect(await wharf.refused([...send, 'no-such', '--to', 'far'])).toMatch(/no such image/i);
});
