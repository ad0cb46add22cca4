import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseContainerId, type ContainerMount, type VolumeSpec } from '@wharf/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEvents } from '../events/events.js';
import { appendEvent, eventSchema } from '../events/schema.js';
import { FakeFiles } from '../containers/testing/fake-files.js';
import { openState } from '../state/open.js';
import type { State } from '../state/state.js';
import type { VolumeUser } from './context.js';
import type { VolumeDriver } from './drivers.js';
import { volumeSchema } from './schema.js';
import { FakeVolumePort } from './testing/fake-volume-port.js';
import { createVolumes, type VolumeManager } from './volumes.js';

const { signal } = new AbortController();
const id = parseContainerId('c'.repeat(64));
const other = parseContainerId('d'.repeat(64));
const tmpfs = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' };

let home = '';
let state: State;
let port: FakeVolumePort;
let users: VolumeUser[];
let volumes: VolumeManager;
let said: string[];

/** A plugin that remembers what it was told. */
const plugin: VolumeDriver = {
  scope: () => Promise.resolve('global'),
  create: (name) => tell('create', name),
  remove: (name) => tell('remove', name),
  mount: async (name, user) => {
    await tell('mount', name, user);
    return '/mnt/of-plugin';
  },
  unmount: (name, user) => tell('unmount', name, user),
  get: () => Promise.resolve({ mountpoint: '/mnt/of-plugin', status: { health: 'good' } }),
};

function tell(...words: readonly string[]): Promise<void> {
  said.push(words.join(' '));
  return Promise.resolve();
}

function open(): void {
  state = openState({
    path: join(home, 'state.db'),
    schemas: [eventSchema, volumeSchema],
    appendEvent,
    onCommitted: () => undefined,
  });
  const quiet = (): void => undefined;
  volumes = createVolumes({
    state,
    port,
    drivers: { find: (name) => Promise.resolve(name === 'fake' ? plugin : undefined) },
    files: { removeTree: (path) => rm(path, { recursive: true, force: true }) },
    fileAccess: new FakeFiles(),
    logger: { info: quiet, warn: quiet, error: quiet },
    root: join(home, 'volumes'),
    users: () => users,
  });
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'wharf-volumes-'));
  port = new FakeVolumePort();
  users = [];
  said = [];
  open();
});

afterEach(async () => {
  state.close();
  await rm(home, { recursive: true, force: true });
});

const spec = (name: string, changes: Partial<VolumeSpec> = {}): VolumeSpec => ({
  name,
  driver: '',
  driverOptions: {},
  labels: {},
  ...changes,
});

const use = (container: typeof id, name: string, active = true): VolumeUser => ({
  id: container,
  name: container.slice(0, 4),
  active,
  volumes: [name],
});

const mountOf = (name: string): ContainerMount => ({
  kind: 'volume',
  name,
  source: dataOf(name),
  target: '/d',
  driver: 'local',
  mode: '',
  readWrite: true,
  propagation: '',
});

const dataOf = (name: string): string => join(home, 'volumes', name, '_data');

async function actions(): Promise<string[]> {
  const seen: string[] = [];
  const query = { filters: new Map(), since: new Date(0), until: new Date() };
  for await (const frame of createEvents(() => state.db).watch(query, { signal }))
    if (frame.kind === 'event') seen.push(frame.event.action);
  return seen;
}

describe('a volume', () => {
  test('has a directory, a record and an event', async () => {
    const made = await volumes.create(spec('data', { labels: { a: 'b' } }), { signal });
    expect(made).toMatchObject({ name: 'data', driver: 'local', labels: { a: 'b' }, usedBy: [] });
    expect((await stat(dataOf('data'))).mode & 0o777).toBe(0o755);
    state.close();
    open();
    expect(await volumes.get('data', { signal })).toEqual(made);
    expect(await actions()).toEqual(['create']);
  });

  test('is made once by callers who come together', async () => {
    const all = await Promise.all(
      Array.from({ length: 5 }, () => volumes.create(spec('data'), { signal })),
    );
    expect(new Set(all.map(({ createdAt }) => createdAt.getTime())).size).toBe(1);
    expect(await actions()).toEqual(['create']);
  });

  test('that a container mounts is not removed, and the error names it', async () => {
    await volumes.create(spec('data'), { signal });
    users = [use(id, 'data', false)];
    await expect(volumes.remove('data', { signal })).rejects.toMatchObject({
      code: 'failed-precondition',
      message: `remove data: volume is in use - [${id}]`,
      facts: { containers: 'cccc' },
    });
    users = [];
    await volumes.remove('data', { signal });
    expect(await readdir(join(home, 'volumes'))).toEqual([]);
    await expect(volumes.get('data', { signal })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('that a container is being made with is not removed', async () => {
    const wish = { spec: spec('data'), owner: {} };
    const given = await volumes.forContainers.give([wish], { signal });
    await expect(volumes.remove('data', { signal })).rejects.toThrow('volume is in use');
    given[Symbol.dispose]();
    await volumes.remove('data', { signal });
  });

  test('has another name after a rename, wherever the daemon dies on the way', async () => {
    await volumes.create(spec('old'), { signal });
    await writeFile(join(dataOf('old'), 'f'), '');
    const row = state.db.prepare("SELECT record FROM volumes WHERE name = 'old'").get();
    const record = JSON.stringify({ ...JSON.parse(String(row?.['record'])), renaming: 'new' });
    state.db.prepare('UPDATE volumes SET record = ?').run(record);
    state.close();
    open();
    expect(await volumes.adopt(signal)).toEqual([]);
    await volumes.rename('old', 'new', { signal });
    expect(existsSync(join(dataOf('new'), 'f'))).toBe(true);
    await expect(volumes.get('old', { signal })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('what the options mount', () => {
  test('is there for the first container and goes with the last', async () => {
    await volumes.create(spec('mem', { driverOptions: tmpfs }), { signal });
    const { forContainers } = volumes;
    users = [use(id, 'mem')];
    await forContainers.mount(id, [mountOf('mem')], { signal });
    users = [use(id, 'mem'), use(other, 'mem')];
    await forContainers.mount(other, [mountOf('mem')], { signal });
    expect([...port.mounted.keys()]).toEqual([dataOf('mem')]);
    await forContainers.unmount(id, [mountOf('mem')], { signal });
    expect(port.mounted.size).toBe(1);
    users = [use(id, 'mem', false), use(other, 'mem')];
    await forContainers.unmount(other, [mountOf('mem')], { signal });
    await forContainers.unmount(other, [mountOf('mem')], { signal });
    expect(port.mounted.size).toBe(0);
    expect(await actions()).toEqual(['create', 'mount', 'mount', 'unmount', 'unmount']);
  });

  test('is found by the next daemon, and unmounted when nobody uses it', async () => {
    await volumes.create(spec('mem', { driverOptions: tmpfs }), { signal });
    users = [use(id, 'mem')];
    await volumes.forContainers.mount(id, [mountOf('mem')], { signal });
    for (const active of [true, false]) {
      users = [use(id, 'mem', active)];
      state.close();
      open();
      await volumes.adopt(signal);
      expect(port.mounted.size).toBe(active ? 1 : 0);
    }
  });

  test('says which volume it was that the kernel refused', async () => {
    port.broken.add('nowhere');
    const driverOptions = { ...tmpfs, device: 'nowhere' };
    await volumes.create(spec('bad', { driverOptions }), { signal });
    const mounting = volumes.forContainers.mount(id, [mountOf('bad')], { signal });
    await expect(mounting).rejects.toThrow(`error while mounting volume '${dataOf('bad')}':`);
  });
});

describe('volumes without names', () => {
  test('go with their container unless another one has them', async () => {
    const wishes = ['/a', '/b'].map(() => ({ spec: spec(''), owner: {} }));
    using given = await volumes.forContainers.give(wishes, { signal });
    const mounts = given.volumes.map(({ name }) => mountOf(name));
    given[Symbol.dispose]();
    const [first, second] = mounts;
    users = [
      { ...use(id, ''), volumes: mounts.map(({ name }) => name) },
      use(other, second?.name ?? ''),
    ];
    await volumes.forContainers.removeAnonymous(id, mounts, { signal });
    expect((await volumes.list({ signal })).map(({ name }) => name)).toEqual([second?.name]);
    expect(existsSync(dataOf(first?.name ?? ''))).toBe(false);
  });

  test('are pruned, those with names only when all are asked for', async () => {
    const anonymous = await volumes.create(spec(''), { signal });
    await volumes.create(spec('named'), { signal });
    await writeFile(join(dataOf(anonymous.name), 'f'), 'four');
    expect(await volumes.prune({ signal })).toEqual({ removed: [anonymous.name], reclaimed: 4 });
    expect(await volumes.prune({ signal })).toEqual({ removed: [], reclaimed: 0 });
    const filters = new Map([['all', ['true']]]);
    expect((await volumes.prune({ signal, filters })).removed).toEqual(['named']);
  });

  test('that lie there without a record are adopted; half made and half removed ones go', async () => {
    const stray = 'e'.repeat(64);
    await mkdir(dataOf(stray), { recursive: true });
    await writeFile(join(dataOf(stray), 'f'), '');
    await mkdir(dataOf('f'.repeat(64)), { recursive: true });
    await mkdir(dataOf('interrupted'), { recursive: true });
    await mkdir(join(home, 'volumes', '.removed-0011'), { recursive: true });
    await volumes.adopt(signal);
    expect(await volumes.list({ signal })).toMatchObject([{ name: stray, anonymous: true }]);
    expect(await readdir(join(home, 'volumes'))).toEqual([stray]);
  });
});

describe('snapshots by layers', () => {
  test('freeze what is there, roll back to it, and go with the last who needs them', async () => {
    await volumes.create(spec('data'), { signal });
    await writeFile(join(dataOf('data'), 'f'), '1');
    await volumes.snapshot('data', 'one', { signal });
    await volumes.snapshot('data', 'two', { signal });
    const layers = (): Promise<string[]> => readdir(join(home, 'volumes/.layers'));
    expect(await layers()).toHaveLength(3);
    await volumes.rollback('data', 'one', { signal });
    await volumes.removeSnapshot('data', 'two', { signal });
    expect(await layers()).toHaveLength(2);
    const { snapshots } = await volumes.get('data', { signal });
    expect(snapshots.map(({ name }) => name)).toEqual(['one']);
    users = [use(id, 'data')];
    await volumes.forContainers.mount(id, [mountOf('data')], { signal });
    expect(port.mounted.get(dataOf('data'))).toMatchObject({ lower: [expect.any(String)] });
    await expect(volumes.rollback('data', 'one', { signal })).rejects.toThrow('in use by cccc');
  });

  test('survive a death between the record and the move', async () => {
    await volumes.create(spec('data'), { signal });
    await writeFile(join(dataOf('data'), 'f'), '1');
    const row = state.db.prepare("SELECT record FROM volumes WHERE name = 'data'").get();
    const record = {
      ...JSON.parse(String(row?.['record'])),
      stack: { lower: ['l'], upper: 'u' },
      sealing: { from: '_data', to: 'l' },
    };
    await mkdir(join(home, 'volumes/.layers/u'), { recursive: true });
    state.db.prepare('UPDATE volumes SET record = ?').run(JSON.stringify(record));
    state.close();
    open();
    await volumes.adopt(signal);
    expect(await readdir(join(home, 'volumes/.layers/l'))).toEqual(['f']);
    expect(await readdir(dataOf('data'))).toEqual([]);
  });
});

test('filters choose, unknown ones are refused', async () => {
  await volumes.create(spec('one', { labels: { a: '1' } }), { signal });
  await volumes.create(spec('two'), { signal });
  users = [use(id, 'two', false)];
  const names = async (key: string, value: string): Promise<string[]> => {
    const found = await volumes.list({ signal, filters: new Map([[key, [value]]]) });
    return found.map(({ name }) => name);
  };
  expect(await names('dangling', 'true')).toEqual(['one']);
  expect(await names('label', 'a=1')).toEqual(['one']);
  expect(await names('name', 'tw')).toEqual(['two']);
  expect(await names('driver', 'local')).toEqual(['one', 'two']);
  expect(await names('anonymous', 'true')).toEqual([]);
  await expect(names('nope', '1')).rejects.toMatchObject({ code: 'invalid-argument' });
});

describe('snapshots where files share blocks', () => {
  test('are copies, also while a container runs; rollback gives the copy back', async () => {
    port.reflinks = true;
    await volumes.create(spec('data'), { signal });
    await writeFile(join(dataOf('data'), 'f'), '1');
    users = [use(id, 'data')];
    await volumes.snapshot('data', 'one', { signal });
    await expect(volumes.snapshot('data', 'one', { signal })).rejects.toThrow('already');
    await expect(volumes.rollback('data', 'one', { signal })).rejects.toThrow('in use by cccc');
    users = [];
    await writeFile(join(dataOf('data'), 'f'), '2');
    await volumes.rollback('data', 'one', { signal });
    await volumes.rollback('data', 'one', { signal });
    expect(await readFile(join(dataOf('data'), 'f'), 'utf8')).toBe('1');
    await volumes.removeSnapshot('data', 'one', { signal });
    expect(await readdir(join(home, 'volumes/data/snapshots'))).toEqual([]);
    expect(port.mounted.size).toBe(0);
  });
});

test('a size is a quota where there are some, and refused without a trace where there are none', async () => {
  const driverOptions = { size: '5m' };
  await expect(volumes.create(spec('small', { driverOptions }), { signal })).rejects.toThrow(
    'create small: quota size requested but no quota support',
  );
  expect(await readdir(join(home, 'volumes'))).toEqual([]);
  port.quotas = true;
  await volumes.create(spec('small', { driverOptions }), { signal });
  expect([...port.limits]).toEqual([[dataOf('small'), 5n << 20n]]);
});

test('a clone shares what a volume at rest has, for as long as one of them is there', async () => {
  const layers = async (): Promise<number> => (await readdir(join(home, 'volumes/.layers'))).length;
  const lowerOf = async (name: string): Promise<unknown> => {
    users = [use(id, name)];
    await volumes.forContainers.mount(id, [mountOf(name)], { signal });
    const { lower } = port.mounted.get(dataOf(name)) as { lower: readonly string[] };
    users = [];
    await volumes.forContainers.unmount(id, [mountOf(name)], { signal });
    return lower;
  };
  await volumes.create(spec('one', { labels: { a: '1' } }), { signal });
  await writeFile(join(dataOf('one'), 'f'), '1');
  expect(await volumes.clone('one', 'two', { signal })).toMatchObject({ labels: { a: '1' } });
  expect(await lowerOf('two')).toEqual(await lowerOf('one'));
  await volumes.remove('one', { signal });
  const [frozen] = (await lowerOf('two')) as string[];
  expect(await readFile(join(frozen ?? '', 'f'), 'utf8')).toBe('1');
  await mkdir(join(home, 'volumes/.layers/stray'));
  await volumes.adopt(signal);
  // Frozen, upper, and its work directory.
  expect(await layers()).toBe(3);
  await volumes.remove('two', { signal });
  expect(await layers()).toBe(0);
});

test('a volume starts as a copy of another where it is told to', async () => {
  port.reflinks = true;
  await volumes.create(spec('one'), { signal });
  await writeFile(join(dataOf('one'), 'f'), '1');
  await volumes.create(spec('two', { driverOptions: { 'copy-from': 'one' } }), { signal });
  await volumes.clone('one', 'three', { signal });
  for (const name of ['two', 'three'])
    expect(await readFile(join(dataOf(name), 'f'), 'utf8')).toBe('1');
  expect((await readdir(join(home, 'volumes'))).sort()).toEqual(['one', 'three', 'two']);
});

describe('a volume of a plugin', () => {
  const driver = 'fake';

  test('is made, mounted for each container, and removed by the plugin', async () => {
    const made = await volumes.create(spec('far', { driver }), { signal });
    expect(made).toMatchObject({ driver, scope: 'global', mountpoint: '' });
    users = [use(id, 'far')];
    const wanted = { ...mountOf('far'), source: '' };
    const mounts = await volumes.forContainers.mount(id, [wanted], { signal });
    expect(mounts).toEqual([{ ...wanted, source: '/mnt/of-plugin' }]);
    await volumes.forContainers.unmount(id, mounts, { signal });
    await volumes.forContainers.unmount(id, mounts, { signal });
    users = [];
    const described = await volumes.get('far', { signal });
    expect(described).toMatchObject({ mountpoint: '/mnt/of-plugin', status: { health: 'good' } });
    await volumes.remove('far', { signal });
    expect(said).toEqual(['create far', `mount far ${id}`, `unmount far ${id}`, 'remove far']);
  });

  test('is given back by the next daemon when its container has ended meanwhile', async () => {
    await volumes.create(spec('far', { driver }), { signal });
    users = [use(id, 'far')];
    await volumes.forContainers.mount(id, [mountOf('far')], { signal });
    for (const active of [true, false]) {
      users = [use(id, 'far', active)];
      state.close();
      open();
      await volumes.adopt(signal);
      expect(said.includes(`unmount far ${id}`)).toBe(!active);
    }
  });

  test('is neither pruned nor renamed, and its name is taken', async () => {
    await volumes.create(spec('far', { driver }), { signal });
    expect((await volumes.prune({ signal, all: true })).removed).toEqual([]);
    await expect(volumes.rename('far', 'near', { signal })).rejects.toThrow('cannot rename it');
    await expect(volumes.create(spec('far', { driver: 'local' }), { signal })).rejects.toThrow(
      "driver 'fake' already has volume 'far'",
    );
    await expect(volumes.create(spec('x2', { driver: 'none' }), { signal })).rejects.toThrow(
      'plugin "none" not found',
    );
  });
});
