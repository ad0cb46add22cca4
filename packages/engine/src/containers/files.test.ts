import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emptyRuntimeConfig } from '@wharf/oci';
import { ResourceExhaustedError, UnavailableError, type ImageRuntimeConfig } from '@wharf/core';
import { FakeFiles } from './testing/fake-files.js';
import { FakeTasks, type FakeShim } from './testing/fake-tasks.js';
import { buildHouse, spec, type House } from './testing/house.js';

const options = { signal: AbortSignal.timeout(60_000) };
let tasks: FakeTasks;
let files: FakeFiles;
let house: House;

beforeEach(async () => {
  tasks = new FakeTasks();
  files = new FakeFiles();
  house = await buildHouse(tasks, undefined, files);
});
afterEach(() => house.demolish());

async function events(): Promise<
  { action: string; attributes: Readonly<Record<string, string>> }[]
> {
  const seen: { action: string; attributes: Readonly<Record<string, string>> }[] = [];
  const query = { since: new Date(0), until: new Date() };
  for await (const frame of house.events.watch(query, options))
    if (frame.kind === 'event') seen.push(frame.event);
  return seen;
}

const actions = async () => (await events()).map(({ action }) => action);
const create = (changes: Parameters<typeof spec>[0] = {}) =>
  house.containers.create(spec({ name: 'one', ...changes }), options);
const start = async (changes: Parameters<typeof spec>[0] = {}) => {
  const { id } = await create(changes);
  await house.containers.start(id, options);
  return { id, shim: tasks.shims.get(id) as FakeShim };
};
async function text(archive: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
async function* bytes(): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from('in');
}
function gate(): { promise: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

test('a stopped container is looked at through its layers, a running one through its shim', async () => {
  const { id } = await create({ readOnlyRootfs: true });
  await house.containers.statPath('one', '/f', options);
  await house.containers.start(id, options);
  await house.containers.statPath('one', '/f', options);
  const [stopped, running] = files.asked.map(({ view }) => view);
  expect(stopped).toMatchObject({
    readOnly: true,
    root: { kind: 'stack', stack: { lower: ['/lower'] } },
  });
  expect(running?.root).toMatchObject({ kind: 'task', shim: tasks.shims.get(id)?.identity });
});

test('binds are seen, file systems in memory are not, and the files of the daemon are', async () => {
  const mount = {
    createSource: false,
    nonRecursive: false,
    tmpfsSize: 0n,
    tmpfsMode: 0,
    tmpfsOptions: [],
  };
  await create({
    mounts: [
      {
        ...mount,
        kind: 'bind',
        source: '/src',
        target: '/dst/',
        readOnly: true,
        nonRecursive: true,
      },
      { ...mount, kind: 'tmpfs', source: '', target: '/tmp', readOnly: false },
      { ...mount, kind: 'bind', source: '/h', target: '/etc/hosts', readOnly: false },
    ],
  });
  await house.containers.statPath('one', '/f', options);
  expect(
    files.asked[0]?.view.mounts.map(({ target, readOnly, recursive, optional }) => [
      target,
      readOnly,
      recursive,
      optional,
    ]),
  ).toEqual([
    ['/dst', true, false, false],
    ['/etc/hosts', false, true, false],
    ['/etc/hostname', false, false, true],
    ['/etc/resolv.conf', false, false, true],
  ]);
});

test('what is not there is told in the words that scripts know', async () => {
  await create();
  await expect(house.containers.statPath('one', '/nope', options)).rejects.toMatchObject({
    code: 'not-found',
    message: 'Could not find the file /nope in container one',
  });
  await expect(house.containers.statPath('two', '/f', options)).rejects.toMatchObject({
    code: 'not-found',
    message: 'no such container: two',
  });
});

test('copies and exports are events, looks are not', async () => {
  await create();
  await house.containers.statPath('one', '/f', options);
  const { stat, archive } = await house.containers.copyOut('one', '/f', options);
  expect([stat.name, await text(archive)]).toEqual(['f', 'archive']);
  await house.containers.copyIn('one', '/', bytes(), options);
  expect(Buffer.concat(files.received).toString()).toBe('in');
  expect(await text(house.containers.exportFiles('one', options))).toBe('archive');
  expect(await actions()).toEqual(['create', 'archive-path', 'extract-to-dir', 'export']);
});

test('a start waits for who looks at the files of the stopped container', async () => {
  const { id } = await create();
  const { archive } = await house.containers.copyOut('one', '/f', options);
  const starting = house.containers.start(id, options);
  await sleep(20);
  expect(tasks.shims.has(id)).toBe(false);
  await text(archive);
  await starting;
  expect((await house.containers.get('one', options)).state.status).toBe('running');
});

test('a reader who leaves, or whose call ends, lets the next one in', async () => {
  await create();
  const first = await house.containers.copyOut('one', '/f', options);
  for await (const _ of first.archive) break;
  const abort = new AbortController();
  await house.containers.copyOut('one', '/f', { signal: abort.signal });
  abort.abort(new RangeError('gone'));
  await house.containers.statPath('one', '/f', options);
});

test('one that cannot be looked at lets the next one in', async () => {
  await create();
  await expect(house.containers.copyOut('one', '/nope', options)).rejects.toThrow('Could not find');
  await house.containers.statPath('one', '/f', options);
});

test('a running container can be stopped while its files are copied', async () => {
  const { id, shim } = await start();
  const held = gate();
  files.hold = held.promise;
  const copying = house.containers.copyIn('one', '/', bytes(), options);
  await sleep(10);
  shim.exit(0);
  await house.containers.wait(id, 'not-running', options);
  held.open();
  await copying;
});

test('a removal ends copies and goes on', async () => {
  const { id } = await create();
  files.hold = new Promise(() => {});
  const copying = house.containers.copyIn('one', '/', bytes(), options);
  const refused = expect(copying).rejects.toThrow('container one was removed');
  await sleep(10);
  const waiting = house.containers.statPath('one', '/f', options);
  const gone = expect(waiting).rejects.toThrow('container one is removing');
  await house.containers.remove(id, options);
  await Promise.all([refused, gone]);
});

test('commit makes an image of what the container was made with', async () => {
  await create({ env: ['A=1'], command: ['run', 'it'], user: 'me', labels: { l: '2' } });
  const { imageId } = await house.containers.commit('one', {
    ...options,
    name: 'one:two',
    author: 'me',
    message: 'msg',
    changes: ['CMD ["x"]', 'ENV B=2'],
  });
  const [request] = files.committed;
  expect(request).toMatchObject({
    names: ['docker.io/library/one:two'],
    author: 'me',
    comment: 'msg',
    createdBy: 'run it',
  });
  const base: ImageRuntimeConfig = {
    ...emptyRuntimeConfig(),
    exposedPorts: ['80/tcp'],
    onBuild: ['RUN x'],
    workdir: '/w',
  };
  expect(request?.config(base)).toMatchObject({
    command: ['x'],
    env: ['A=1', 'B=2'],
    user: 'me',
    labels: { l: '2' },
    exposedPorts: ['80/tcp'],
    workdir: '/w',
    stopSignal: '',
    onBuild: [],
  });
  expect((await events()).at(-1)).toMatchObject({
    action: 'commit',
    attributes: { comment: 'msg', imageID: imageId, imageRef: 'one:two', name: 'one' },
  });
  expect(() => request?.check()).not.toThrow();
});

test('a commit of a container that goes meanwhile is told so before an image is made', async () => {
  await create();
  await house.containers.commit('one', options);
  await house.containers.remove('one', { ...options, force: true });
  expect(() => files.committed[0]?.check()).toThrow(/No such container/i);
});

test('a bad name or change is refused before any work', async () => {
  await start();
  for (const request of [
    { name: 'BAD:NAME' },
    { changes: ['RUN x'] },
    { name: `a@sha256:${'a'.repeat(64)}` },
  ]) {
    await expect(house.containers.commit('one', { ...options, ...request })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  }
  expect(await actions()).toEqual(['create', 'start']);
});

test('a running container is paused meanwhile, also when it fails, unless told otherwise', async () => {
  await start();
  const status = async () => (await house.containers.get('one', options)).state.status;
  await house.containers.commit('one', options);
  expect(await actions()).toEqual(['create', 'start', 'pause', 'unpause', 'commit']);
  files.failure = new RangeError('disk');
  await expect(house.containers.commit('one', options)).rejects.toThrow('disk');
  expect(await status()).toBe('running');
  files.failure = undefined;
  await house.containers.commit('one', { ...options, pause: false });
  await house.containers.pause('one', options);
  await house.containers.commit('one', options);
  expect(await status()).toBe('paused');
  expect((await actions()).slice(5)).toEqual(['pause', 'unpause', 'commit', 'pause', 'commit']);
});

test('where a commit fails and its container cannot be resumed, both are told', async () => {
  const { shim } = await start();
  shim.failResume = new UnavailableError('the shim is deaf');
  await expect(house.containers.commit('one', options)).rejects.toThrow(/^the shim is deaf$/);
  await house.containers.unpause('one', options).catch(() => undefined);
  shim.failResume = undefined;
  await house.containers.unpause('one', options);
  shim.failResume = new UnavailableError('the shim is deaf');
  files.failure = new ResourceExhaustedError('no room');
  await expect(house.containers.commit('one', options)).rejects.toMatchObject({
    code: 'resource-exhausted',
    message: 'no room; the container stays paused, for it could not be resumed: the shim is deaf',
  });
  expect((await house.containers.get('one', options)).state.status).toBe('paused');
});

test('changes are those of the writable layer, without the places to mount on', async () => {
  await create();
  expect(await house.containers.changes('one', options)).toEqual([
    { kind: 'added', path: Buffer.from('/new') },
  ]);
});
