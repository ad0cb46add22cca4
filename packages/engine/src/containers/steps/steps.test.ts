import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseContainerId, type BuildResources, type Closable } from '@wharf/core';
import type { StepEnd, StepMount, StepRequest, StepRunner } from '../../builds/step-runner.js';
import { FakeTasks, type FakeShim } from '../testing/fake-tasks.js';
import { buildHouse, type House } from '../testing/house.js';
import { createStepRunner } from './steps.js';

const options = { signal: AbortSignal.timeout(60_000) };
let tasks: FakeTasks;
let house: House;
let root: string;
let runner: StepRunner & Closable;

beforeEach(async () => {
  tasks = new FakeTasks();
  house = await buildHouse(tasks);
  await house.containers.adopt(options.signal);
  root = join(house.root, 'steps');
  runner = await createStepRunner({ ...house.containers.context, root });
});
afterEach(async () => {
  await runner.close();
  await house.demolish();
});

const resources: BuildResources = {
  network: 'default',
  extraHosts: [],
  ulimits: [],
  shmSize: 0n,
  memory: 0n,
  memorySwap: 0n,
  nanoCpus: 0n,
  cpuShares: 0n,
  cpusetCpus: '',
  cgroupParent: '',
  dns: [],
};

let count = 0;
const request = (changes: Partial<StepRequest> = {}): StepRequest => ({
  id: (++count).toString(16).padStart(64, 'e'),
  place: { lower: ['/lower'], upper: '/upper', work: '/work' },
  args: ['/bin/sh', '-c', 'true'],
  env: ['A=b'],
  workdir: '/src',
  user: '',
  hostname: 'buildhost',
  mounts: [],
  network: 'none',
  insecure: false,
  devices: [],
  resources,
  onOutput: () => undefined,
  ...changes,
});

/** Every step ends by itself with that code once it was started. */
function ends(exitCode: number, before: (shim: FakeShim) => void = () => undefined): void {
  tasks.onSpawn = (shim) => {
    before(shim);
    const look = setInterval(() => {
      if (shim.status !== 'running') return;
      clearInterval(look);
      shim.exit(exitCode);
    }, 1);
  };
}

/** To where nothing is left of it. */
async function wholeRun(asked: StepRequest): Promise<StepEnd> {
  const end = await runner.run(asked, options);
  await end.over;
  return end;
}

const shimOf = ({ id }: StepRequest): FakeShim => tasks.shims.get(parseContainerId(id)) as FakeShim;

async function actions(): Promise<string[]> {
  const seen: string[] = [];
  const query = { since: new Date(0), until: new Date() };
  for await (const frame of house.events.watch(query, options))
    if (frame.kind === 'event') seen.push(frame.event.action);
  return seen;
}

test('a step gives its code, its output in order, and what was made for its mounts', async () => {
  const heard: string[] = [];
  const made = [
    { path: '/src', ensure: 0 },
    { path: '/etc/hosts', ensure: 2 },
  ];
  ends(3, (shim) => {
    shim.made = made;
    for (const text of ['a', 'b']) shim.output.push({ stream: 'stdout', data: Buffer.from(text) });
  });
  const asked = request({ onOutput: ({ data }) => heard.push(Buffer.from(data).toString()) });
  const end = await wholeRun(asked);
  expect(end).toMatchObject({ exitCode: 3, oomKilled: false });
  expect(end.stubs).toEqual(['/dev', '/proc', '/sys', '/etc/hosts']);
  expect(heard).toEqual(['a', 'b']);
  expect(shimOf(asked).calls).toEqual(['create', 'attach stdout', 'start', 'remove']);
  expect(await readdir(root)).toEqual([]);
});

test('a step that has ended is over when all of it is gone', async () => {
  const asked = request();
  ends(0);
  const end = await runner.run(asked, options);
  expect(await readdir(root)).toEqual([asked.id]);
  await runner.close();
  expect(await readdir(root)).toEqual([]);
  await end.over;
});

test('a step is no container, and its environment is what was given with a PATH', async () => {
  ends(0);
  const asked = request();
  await wholeRun(asked);
  expect(await house.containers.list({ ...options, all: true })).toEqual([]);
  expect(await actions()).not.toContain('start');
  const { spec } = shimOf(asked);
  const config = JSON.parse(spec?.config ?? '') as {
    process: { env: string[] };
    hostname: string;
    mounts: { destination: string }[];
    linux: { maskedPaths: string[] };
  };
  expect(config.process.env).toEqual([expect.stringMatching(/^PATH=/), 'A=b']);
  expect(config.hostname).toBe('buildhost');
  expect(config.linux.maskedPaths).toContain('/proc/kcore');
  expect(config.mounts.map(({ destination }) => destination)).not.toContain('/etc/hostname');
  expect(spec).toMatchObject({
    unsynced: true,
    configurationsInMemory: true,
    openStdin: false,
    restart: { kind: 'no' },
    log: { path: '' },
  });
});

test('each kind of mount becomes what the shim makes ready and the runtime binds', async () => {
  ends(0);
  const mounts: readonly StepMount[] = [
    { kind: 'bind', source: '/trees/one', subpath: '/a/b/', target: '/in', readOnly: true },
    {
      kind: 'stack',
      lower: ['/l1'],
      subpath: 'x',
      scratch: { upper: '/u', work: '/w' },
      target: '/stack',
      readOnly: false,
    },
    { kind: 'tmpfs', size: 1024, target: '/tmp/t', readOnly: false },
    {
      kind: 'secret',
      content: Buffer.from('s'),
      uid: 1,
      gid: 2,
      mode: 0o400,
      target: '/run/secrets/s',
      readOnly: true,
    },
  ];
  const asked = request({ mounts });
  const { stubs } = await wholeRun(asked);
  expect(stubs).toEqual(['/dev', '/proc', '/sys', '/tmp/t']);
  const { spec } = shimOf(asked);
  expect(spec?.prepared).toMatchObject([
    { destination: '/in', source: '/trees', subpath: 'one/a/b' },
    { destination: '/stack', lower: ['/l1'], subpath: 'x', scratch: { upper: '/u', work: '/w' } },
    { destination: '/run/secrets/s', memory: { uid: 1, gid: 2, mode: 0o400 } },
  ]);
  const like = (spec?.prepared ?? []).map(({ target }) => target);
  expect(spec?.ensure).toEqual(
    expect.arrayContaining([
      { path: '/in', directory: true, like: like[0] },
      { path: '/tmp', directory: true },
      { path: '/run/secrets/s', directory: true, like: like[2] },
    ]),
  );
  const config = JSON.parse(spec?.config ?? '') as {
    mounts: { destination: string; options: string[] }[];
  };
  const options_ = (at: string) =>
    config.mounts.find(({ destination }) => destination === at)?.options;
  expect(options_('/in')).toContain('ro');
  expect(options_('/stack')).toContain('rw');
  expect(options_('/tmp/t')).toContain('size=1024');
});

test.each([
  ['a path out of a mount', { mounts: [bind('../x')] }],
  ['the network of a container', { network: 'container:x' }],
  ['a mount on the root', { mounts: [{ ...bind(''), target: '/' }] }],
  ['a parent group elsewhere', { resources: { ...resources, cgroupParent: '../up' } }],
])('%s is refused, and nothing is left', async (_, changes: Partial<StepRequest>) => {
  await expect(runner.run(request(changes), options)).rejects.toMatchObject({
    code: 'invalid-argument',
  });
  expect(await readdir(root)).toEqual([]);
});

function bind(subpath: string): StepMount {
  return { kind: 'bind', source: '/trees/one', subpath, target: '/in', readOnly: true };
}

test('a step on a network holds a lease that others do not see, and gives it back', async () => {
  const seen: unknown[] = [];
  ends(0, () => seen.push(house.networks.context.records.sandboxes()));
  const before = await actions();
  await wholeRun(request({ network: 'bridge' }));
  expect(seen).toMatchObject([[{ open: true, hidden: true, endpoints: [{ lease: {} }] }]]);
  expect(house.networks.context.records.sandboxes()).toEqual([]);
  expect(await actions()).toEqual(before);
});

test('an aborted step is cancelled, and its shim was told to end all of it', async () => {
  const stop = new AbortController();
  const asked = request({ network: 'bridge' });
  const running = runner.run(asked, { signal: stop.signal });
  tasks.onSpawn = () => setTimeout(() => stop.abort(new Error('enough')), 20);
  await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  expect(shimOf(asked).calls).toContain('remove');
  expect(house.networks.context.records.sandboxes()).toEqual([]);
  expect(await readdir(root)).toEqual([]);
});

test('a shim that hangs is killed within two seconds of cancelling', async () => {
  const stop = new AbortController();
  const asked = request();
  tasks.onSpawn = (shim) => {
    shim.silent = true;
    setTimeout(() => stop.abort(), 20);
  };
  const begin = performance.now();
  await expect(runner.run(asked, { signal: stop.signal })).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect(performance.now() - begin).toBeLessThan(2000);
  expect(tasks.killed).toEqual([shimOf(asked).identity]);
  expect(await readdir(root)).toEqual([]);
});

test('a command that cannot be executed throws, and its step is released', async () => {
  tasks.nextFailure = Object.assign(new Error('no such file'), { facts: { exitCode: 127 } });
  const asked = request();
  await expect(runner.run(asked, options)).rejects.toMatchObject({ facts: { exitCode: 127 } });
  expect(shimOf(asked).calls.at(-1)).toBe('remove');
  expect(await readdir(root)).toEqual([]);
});

test('a shim that dies is unavailable, and what it left is cleaned up', async () => {
  tasks.onSpawn = (shim) => setTimeout(() => shim.die(), 20);
  const asked = request();
  await expect(runner.run(asked, options)).rejects.toMatchObject({ code: 'unavailable' });
  expect(tasks.cleaned).toEqual([asked.id]);
  expect(await readdir(root)).toEqual([]);
});

test('a session ends with its process, or is ended by closing it', async () => {
  const size = { rows: 24, columns: 80 };
  const left = request();
  const session = await runner.open({ ...left, ...size }, options);
  expect(shimOf(left).spec).toMatchObject({ terminal: true, openStdin: true });
  shimOf(left).exit(5);
  expect(await session.exitCode).toBe(5);
  const closed = request();
  const other = await runner.open({ ...closed, ...size }, options);
  await other.close();
  await expect(other.exitCode).rejects.toThrow();
  expect(shimOf(closed).calls).toContain('remove');
  expect(await readdir(root)).toEqual([]);
});

test('what a killed daemon left of steps is ended at the next start', async () => {
  const asked = request();
  const running = runner.run(asked, options);
  running.catch(() => undefined);
  while (tasks.shims.size === 0 || shimOf(asked).status !== 'running')
    await new Promise((resolve) => setTimeout(resolve, 1));
  const torn = 'f'.repeat(64);
  await mkdir(join(root, torn));
  await writeFile(join(root, torn, 'step.json'), '{"cgr');
  const next = await createStepRunner({ ...house.containers.context, root });
  expect(await next.adopt(options)).toBe(2);
  expect(shimOf(asked).calls).toContain('remove');
  expect(tasks.cleaned).toContain(asked.id);
  expect(await readdir(root)).toEqual([]);
  await expect(running).rejects.toMatchObject({ code: 'unavailable' });
});

test('a shim that does not answer is ended as well', async () => {
  const asked = request();
  const running = runner.run(asked, options);
  running.catch(() => undefined);
  while (tasks.shims.size === 0 || shimOf(asked).status !== 'running')
    await new Promise((resolve) => setTimeout(resolve, 1));
  shimOf(asked).silent = true;
  const next = await createStepRunner({ ...house.containers.context, root });
  expect(await next.adopt(options)).toBe(1);
  expect(tasks.killed).toEqual([shimOf(asked).identity]);
  expect(await readdir(root)).toEqual([]);
  await expect(running).rejects.toMatchObject({ code: 'unavailable' });
});

test('hosts asked for are known without a network, too', async () => {
  let hosts = '';
  ends(0);
  const asked = request({ resources: { ...resources, extraHosts: ['a:192.0.2.1', 'b:x'] } });
  tasks.onSpawn = (shim) => {
    void readFile(join(root, asked.id, 'etc', 'hosts'), 'utf8').then((text) => {
      hosts = text;
      setTimeout(() => shim.exit(0), 10);
    });
  };
  await wholeRun(asked);
  expect(hosts).toContain('192.0.2.1\ta\n');
  expect(hosts).not.toContain('\tb\n');
  expect(existsSync(join(root, asked.id))).toBe(false);
});
