import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FailedPreconditionError, type ContainerId } from '@wharf/core';
import { FakeTasks, type FakeShim } from './testing/fake-tasks.js';
import { buildHouse, spec, type House } from './testing/house.js';

const options = { signal: AbortSignal.timeout(60_000) };
let tasks: FakeTasks;
let house: House;

beforeEach(async () => {
  tasks = new FakeTasks();
  house = await buildHouse(tasks);
});
afterEach(() => house.demolish());

async function running(
  name: string,
  changes: Parameters<typeof spec>[0] = {},
): Promise<{ id: ContainerId; shim: FakeShim }> {
  const { id } = await house.containers.create(spec({ name, ...changes }), options);
  await house.containers.start(id, options);
  return { id, shim: tasks.shims.get(id) as FakeShim };
}

const status = async (ref: string): Promise<string> =>
  (await house.containers.get(ref, options)).state.status;

async function actions(): Promise<string[]> {
  const seen: string[] = [];
  const query = { since: new Date(0), until: new Date() };
  for await (const frame of house.events.watch(query, options))
    if (frame.kind === 'event') seen.push(frame.event.action);
  return seen;
}

async function eventually(check: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await check()) return;
    await sleep(5);
  }
  throw new FailedPreconditionError('it did not come to pass');
}

test('a container goes from created over running to exited, and its end is known once', async () => {
  const { id, shim } = await running('one');
  expect(await status('one')).toBe('running');
  const waiting = house.containers.wait(id, 'next-exit', options);
  shim.exit(3);
  expect(await waiting).toEqual({ exitCode: 3, error: '', oomKilled: false });
  expect(await status('one')).toBe('exited');
  await eventually(() => shim.calls.includes('remove'));
  expect(await actions()).toEqual(['create', 'start', 'die']);
});

test('a name is taken once, free after a rename, and ids are found by their beginning', async () => {
  const { id } = await house.containers.create(spec({ name: 'one' }), options);
  await expect(house.containers.create(spec({ name: 'one' }), options)).rejects.toMatchObject({
    code: 'already-exists',
  });
  await house.containers.rename('one', 'two', options);
  await house.containers.create(spec({ name: 'one' }), options);
  expect((await house.containers.get(id.slice(0, 12), options)).name).toBe('two');
  await expect(house.containers.get('nobody', options)).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('containers that are created at the same time have names of their own', async () => {
  const { name: _, ...unnamed } = spec();
  const made = Array.from({ length: 200 }, () => house.containers.create(unnamed, options));
  const names = (await Promise.all(made)).map(({ name }) => name);
  expect(new Set(names).size).toBe(200);
});

test('an image that is not here is not found, and nothing is left of the try', async () => {
  const missing = { ...spec(), image: 'nosuch' };
  await expect(house.containers.create(missing, options)).rejects.toMatchObject({
    code: 'not-found',
    facts: { kind: 'image' },
  });
  expect(await house.containers.list({ ...options, all: true })).toEqual([]);
});

test('a start that fails is recorded with its code and leaves no shim', async () => {
  const { id } = await house.containers.create(spec({ name: 'one' }), options);
  tasks.nextFailure = new FailedPreconditionError('exec: "x": executable file not found in $PATH', {
    facts: { exitCode: '127' },
  });
  await expect(house.containers.start(id, options)).rejects.toMatchObject({
    facts: { exitCode: '127' },
  });
  expect((await house.containers.get(id, options)).state).toMatchObject({
    status: 'exited',
    exitCode: 127,
  });
  expect(tasks.shims.get(id)?.alive).toBe(false);
  expect(tasks.cleaned).toEqual([id]);
});

test('what attached before the start is handed over before the first byte', async () => {
  const { id } = await house.containers.create(spec(), options);
  const request = { stdin: false, stdout: true, stderr: true, logs: false };
  await house.containers.attach(id, request, options);
  await house.containers.start(id, options);
  expect(tasks.shims.get(id)?.calls).toEqual(['create', 'attach stdout', 'start']);
});

test('what attaches between an end and the next start sees the next run', async () => {
  const { id, shim } = await running('one');
  shim.exit(0);
  await house.containers.wait(id, 'not-running', options);
  await house.containers.attach(
    id,
    { stdin: false, stdout: true, stderr: true, logs: false },
    options,
  );
  await house.containers.start(id, options);
  expect(tasks.shims.get(id)?.calls).toEqual(['create', 'attach stdout', 'start']);
});

test('a running container is removed only by force', async () => {
  const { id, shim } = await running('one');
  await expect(house.containers.remove(id, options)).rejects.toMatchObject({
    code: 'failed-precondition',
  });
  await house.containers.remove(id, { ...options, force: true });
  expect(shim.calls).toContain('kill 9');
  await expect(house.containers.get(id, options)).rejects.toMatchObject({ code: 'not-found' });
  expect(existsSync(`${house.root}/containers/${id}`)).toBe(false);
});

test('with auto-remove the end of the container is its removal', async () => {
  const { id, shim } = await running('one', { autoRemove: true });
  const gone = house.containers.wait(id, 'removed', options);
  shim.exit(5);
  expect(await gone).toMatchObject({ exitCode: 5 });
});

test('pause and unpause move the state, and exec into a paused one is refused', async () => {
  await running('one');
  await house.containers.pause('one', options);
  expect(await status('one')).toBe('paused');
  await expect(house.containers.pause('one', options)).rejects.toMatchObject({
    code: 'failed-precondition',
  });
  await house.containers.unpause('one', options);
  expect(await status('one')).toBe('running');
});

test('stop ends the container through its shim, a second stop changes nothing', async () => {
  await running('one');
  await house.containers.stop('one', options);
  await house.containers.stop('one', options);
  expect((await house.containers.get('one', options)).state).toMatchObject({
    status: 'exited',
    exitCode: 143,
  });
});

test('a policy restart is seen as restarting, then running with its count', async () => {
  const { shim } = await running('one', { restart: { kind: 'always', maximumRetryCount: 0 } });
  shim.exit(1, 100);
  await eventually(async () => (await status('one')) === 'restarting');
  shim.status = 'running';
  shim.record({ kind: 'started', process: { ...shim.process(), pid: 999 }, restartCount: 1 });
  await eventually(async () => (await status('one')) === 'running');
  expect(await house.containers.get('one', options)).toMatchObject({
    restartCount: 1,
    state: { process: { pid: 999 } },
  });
});

test('a container that is stopped while it waits for its restart has died once', async () => {
  const { shim } = await running('one', { restart: { kind: 'always', maximumRetryCount: 0 } });
  shim.exit(1, 100);
  await eventually(async () => (await status('one')) === 'restarting');
  shim.exit(1);
  await eventually(async () => (await status('one')) === 'exited');
  expect(await actions()).toEqual(['create', 'start', 'die']);
});

test('the next daemon adopts what runs and learns what ended meanwhile', async () => {
  const one = await running('one');
  await running('two');
  house = await house.restart();
  one.shim.exit(9);
  expect(await house.containers.adopt(options.signal)).toEqual([]);
  expect(await status('one')).toBe('exited');
  expect((await house.containers.get('one', options)).state).toMatchObject({ exitCode: 9 });
  expect(await status('two')).toBe('running');
});

test('a shim that is proved dead ends its container with a truthful record', async () => {
  const { id, shim } = await running('one');
  shim.die();
  await eventually(async () => (await status('one')) === 'exited');
  expect((await house.containers.get(id, options)).state).toMatchObject({
    exitCode: 137,
    error: expect.stringContaining('shim') as string,
  });
  expect(tasks.cleaned).toContain(id);
});

test('a shim that does not answer is not declared dead', async () => {
  const { shim } = await running('one');
  house = await house.restart();
  shim.silent = true;
  expect(await house.containers.adopt(options.signal)).toEqual([
    expect.stringContaining('does not answer'),
  ]);
  expect(await status('one')).toBe('running');
  shim.silent = false;
  shim.exit(0);
  await eventually(async () => (await status('one')) === 'exited');
});

test('a removal that was interrupted is finished at the next start', async () => {
  const { id } = await house.containers.create(spec({ name: 'one' }), options);
  house.records.change(id, { state: { status: 'removing' } });
  house = await house.restart();
  expect(await house.containers.adopt(options.signal)).toEqual([
    'container one: its interrupted removal was finished',
  ]);
  expect(await house.containers.list({ ...options, all: true })).toEqual([]);
});

test('a start that was interrupted is undone', async () => {
  const { id } = await house.containers.create(spec({ name: 'one' }), options);
  house.records.change(id, { state: { status: 'starting', since: new Date() } });
  house = await house.restart();
  await house.containers.adopt(options.signal);
  expect(await status('one')).toBe('created');
});

test('a shim whose end was recorded by a daemon that died before it released it is ended', async () => {
  const { id, shim } = await running('one');
  const bundle = `${house.root}/run/${id}`;
  house = await house.restart();
  const ended = { exitCode: 4, error: '', oomKilled: false, finishedAt: new Date() };
  house.records.change(id, { state: { status: 'exited', ...ended } });
  expect(existsSync(bundle)).toBe(true);
  expect(await house.containers.adopt(options.signal)).toEqual([
    'container one: it had ended and was cleaned up after',
  ]);
  expect(shim.calls).toContain('remove');
  expect(tasks.cleaned).toContain(id);
});

test('a container with auto-remove whose end was recorded is removed at the next start', async () => {
  const { id } = await running('one', { autoRemove: true });
  house = await house.restart();
  const ended = { exitCode: 4, error: '', oomKilled: false, finishedAt: new Date() };
  house.records.change(id, { state: { status: 'exited', ...ended } });
  await house.containers.adopt(options.signal);
  expect(await house.containers.list({ ...options, all: true })).toEqual([]);
});

test('a removal by auto-remove is not written down, and is finished by the next daemon', async () => {
  const { id } = await running('one', { autoRemove: true });
  const ended = { exitCode: 4, error: '', oomKilled: false, finishedAt: new Date() };
  house.records.change(id, { state: { status: 'exited', ...ended } });
  house.records.pass(id, { status: 'removing' });
  expect(await status('one')).toBe('removing');
  house = await house.restart();
  expect(await status('one')).toBe('exited');
  await house.containers.adopt(options.signal);
  expect(await house.containers.list({ ...options, all: true })).toEqual([]);
  expect(existsSync(`${house.root}/containers/${id}`)).toBe(false);
});

test('an interrupted removal ends the shim that is left', async () => {
  const { id, shim } = await running('one');
  house = await house.restart();
  const ended = { exitCode: 137, error: '', oomKilled: false, finishedAt: new Date() };
  house.records.change(id, { state: { status: 'exited', ...ended } });
  house.records.change(id, { state: { status: 'removing' } });
  await house.containers.adopt(options.signal);
  expect(shim.calls).toContain('remove');
});

test('an interrupted start whose shim does not answer is left alone', async () => {
  const { id, shim } = await running('one');
  house = await house.restart();
  const ended = { exitCode: 1, error: '', oomKilled: false, finishedAt: new Date() };
  house.records.change(id, { state: { status: 'exited', ...ended } });
  house.records.change(id, { state: { status: 'starting', since: new Date() } });
  shim.silent = true;
  expect(await house.containers.adopt(options.signal)).toEqual([
    expect.stringContaining('does not answer'),
  ]);
  expect(tasks.cleaned).not.toContain(id);
  expect(await status('one')).toBe('starting');
});

test('a start that could not be undone is removed by force, with its shim', async () => {
  const { id, shim } = await running('one');
  house = await house.restart();
  const ended = { exitCode: 1, error: '', oomKilled: false, finishedAt: new Date() };
  house.records.change(id, { state: { status: 'exited', ...ended } });
  house.records.change(id, { state: { status: 'starting', since: new Date() } });
  await expect(house.containers.remove(id, options)).rejects.toMatchObject({
    code: 'failed-precondition',
  });
  await house.containers.remove(id, { ...options, force: true });
  expect(shim.alive).toBe(false);
  expect(await house.containers.list({ ...options, all: true })).toEqual([]);
});

test('what has been started and has lost its record keeps its data', async () => {
  const stray = `${house.root}/containers/${'f'.repeat(64)}`;
  await mkdir(`${stray}/etc`, { recursive: true });
  expect(await house.containers.adopt(options.signal)).toEqual([]);
  expect(existsSync(stray)).toBe(true);
});

test('what a create left that never came to its record goes at the next start', async () => {
  const { id } = await house.containers.create(spec({ name: 'one' }), options);
  const stray = `${house.root}/containers/${'f'.repeat(64)}`;
  await mkdir(`${stray}/upper`, { recursive: true });
  house = await house.restart();
  expect(await house.containers.adopt(options.signal)).toEqual([
    '1 interrupted creates were undone',
  ]);
  expect(existsSync(stray)).toBe(false);
  expect(existsSync(`${house.root}/containers/${id}`)).toBe(true);
});

test('an illegal move is a bug and changes nothing', async () => {
  const { id } = await house.containers.create(spec({ name: 'one' }), options);
  const ended = { exitCode: 0, error: '', oomKilled: false, finishedAt: new Date() };
  expect(() => house.records.change(id, { state: { status: 'exited', ...ended } })).toThrow(
    'cannot go from created to exited',
  );
  expect(await status('one')).toBe('created');
});

test('of a hundred creates of one name at once, one wins', async () => {
  const tries = Array.from({ length: 100 }, () =>
    house.containers.create(spec({ name: 'one' }), options),
  );
  const results = await Promise.allSettled(tries);
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
});
