import {
  createFakeEngine,
  sampleBlob,
  sampleEndpoint,
  sampleNetworkSpec,
  sampleProcessSpec,
  sampleSpec,
  sampleVolumeSpec,
} from '@wharf/testing';
import type { RecordedCall } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { buildActs } from './test-build-acts.js';
import { collect, testDaemon } from './test-daemon.js';
import type { Act } from './test-daemon.js';

const filters = new Map([
  ['label', ['a=b', 'ü']],
  ['status', []],
]);
const since = new Date('2026-01-02T03:04:05.678Z');
async function* archive(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('one'));
  yield Buffer.alloc(700_000, 1);
}

const credentials = { username: 'u', password: 'p', identityToken: '', registryToken: 't' };

const hosts = new Map([['localhost:5000', credentials]]);

/** Every method of the interface, with every option. */
const acts: Readonly<Record<string, Act>> = {
  ...buildActs,
  ping: (engine, signal) => engine.system.ping({ signal }),
  version: (engine, signal) => engine.system.version({ signal }),
  info: (engine, signal) => engine.system.info({ signal }),
  'list images': (engine, signal) => engine.images.list({ signal, all: true, filters }),
  'get an image': (engine, signal) => engine.images.get('x', { signal }),
  pull: (engine, signal) =>
    collect(engine.images.pull('x', { signal, platform: 'linux/arm64', credentials })),
  'pull without more': (engine, signal) => collect(engine.images.pull('x', { signal })),
  bootstrap: (engine, signal) => collect(engine.images.bootstrap('busybox', '', { signal })),
  tag: (engine, signal) => engine.images.tag('x', 'y', { signal }),
  'remove an image': (engine, signal) => engine.images.remove('x', { signal, force: true }),
  'disk usage': (engine, signal) => engine.system.diskUsage({ signal }),
  'get an image of a platform': (engine, signal) =>
    engine.images.get('x', { signal, platform: 'linux/arm64' }),
  'list images with shared sizes': (engine, signal) =>
    engine.images.list({ signal, all: false, sharedSize: true }),
  history: (engine, signal) => engine.images.history('x', { signal, platform: 'linux/amd64' }),
  'pull every platform and tag': (engine, signal) =>
    collect(engine.images.pull('x', { signal, allPlatforms: true, allTags: true })),
  push: (engine, signal) =>
    collect(
      engine.images.push('x', {
        signal,
        platform: 'linux/arm64',
        allTags: true,
        compression: 'zstd',
        forceCompression: true,
        credentials,
      }),
    ),
  'push without more': (engine, signal) => collect(engine.images.push('x', { signal })),
  'remove a platform': (engine, signal) =>
    engine.images.remove('x', { signal, platform: 'linux/arm64', noPrune: true, force: false }),
  'prune images': (engine, signal) => engine.images.prune({ signal, all: true, filters }),
  save: async (engine, signal) => {
    const options = { signal, platforms: ['linux/amd64'], compression: 'gzip' } as const;
    return Buffer.concat(await collect(engine.images.save(['x', 'y'], options))).toString('hex');
  },
  load: (engine, signal) =>
    collect(engine.images.load(archive(), { signal, platforms: ['linux/arm64'] })),
  import: (engine, signal) =>
    engine.images.import(archive(), {
      signal,
      name: 'n:t',
      message: 'm',
      changes: ['CMD ["a"]'],
      platform: 'linux/arm64',
    }),
  'import without more': (engine, signal) => engine.images.import(archive(), { signal }),
  convert: (engine, signal) =>
    collect(
      engine.images.convert('x', 'y', { signal, compression: 'zstd', platform: 'linux/amd64' }),
    ),
  verify: (engine, signal) => collect(engine.images.verify('x', { signal })),
  'diff images': (engine, signal) =>
    collect(engine.images.diff('x', 'y', { signal, platform: 'linux/amd64' })),
  'mount an image': (engine, signal) =>
    engine.images.mount('x', { signal, platform: 'linux/amd64' }),
  'unmount an image': (engine, signal) => engine.images.unmount('x', { signal, force: true }),
  'mounted images': (engine, signal) => engine.images.mounts({ signal }),
  'create a manifest list': (engine, signal) =>
    engine.manifestLists.create('x', ['a', 'b'], { signal, amend: true, credentials: hosts }),
  'annotate a manifest': (engine, signal) =>
    engine.manifestLists.annotate(
      'x',
      'a',
      {
        os: 'linux',
        architecture: 'arm64',
        variant: 'v8',
        osVersion: '1',
        osFeatures: ['f'],
        annotations: { k: 'v' },
      },
      { signal },
    ),
  'annotate nothing': (engine, signal) => engine.manifestLists.annotate('x', 'a', {}, { signal }),
  'inspect a manifest': (engine, signal) =>
    engine.manifestLists.inspect('x', { signal, verbose: true, list: 'l', credentials: hosts }),
  'push a manifest list': (engine, signal) =>
    collect(engine.manifestLists.push('x', { signal, purge: true, credentials: hosts })),
  'remove manifest lists': (engine, signal) => engine.manifestLists.remove(['a'], { signal }),
  'copy an image': (engine, signal) =>
    collect(engine.manifestLists.copy('a', ['b', 'c'], { signal, platform: 'linux/amd64' })),
  'check a login': (engine, signal) => engine.registries.login('h:1', credentials, { signal }),
  search: (engine, signal) => engine.registries.search('x', { signal, limit: 3, credentials }),
  'list tags': (engine, signal) => engine.registries.tags('x', { signal }),
  'describe content': (engine, signal) =>
    engine.contents.describe('x', { signal, platform: 'linux/amd64' }),
  'missing blobs': (engine, signal) => engine.contents.missing('l', [sampleBlob], { signal }),
  'read a blob': async (engine, signal) =>
    Buffer.concat(await collect(engine.contents.read('d', { signal, offset: 5 }))).toString('hex'),
  'write a blob': (engine, signal) =>
    engine.contents.write({ lease: 'l', blob: sampleBlob, offset: 2 ** 40 }, archive(), { signal }),
  'name content': (engine, signal) => engine.contents.name('l', 'n', sampleBlob, { signal }),
  commit: (engine, signal) =>
    engine.containers.commit('x', {
      signal,
      name: 'n',
      author: 'a',
      message: 'm',
      changes: ['USER u'],
      pause: false,
    }),
  'commit without more': (engine, signal) => engine.containers.commit('x', { signal, pause: true }),
  changes: (engine, signal) => engine.containers.changes('x', { signal }),
  'export files': async (engine, signal) =>
    Buffer.concat(await collect(engine.containers.exportFiles('x', { signal }))).toString('hex'),
  'stat a path': (engine, signal) => engine.containers.statPath('x', '/a', { signal }),
  'copy out': async (engine, signal) => {
    const { stat, archive: tar } = await engine.containers.copyOut('x', '/a', {
      signal,
      followLink: true,
    });
    return [stat, Buffer.concat(await collect(tar)).toString('hex')];
  },
  'copy in': (engine, signal) =>
    engine.containers.copyIn('x', '/a', archive(), {
      signal,
      noOverwriteDirNonDir: true,
      copyOwners: true,
    }),
  create: (engine, signal) => engine.containers.create(sampleSpec, { signal }),
  start: (engine, signal) => engine.containers.start('x', { signal }),
  stop: (engine, signal) =>
    engine.containers.stop('x', { signal, timeoutSeconds: 0, stopSignal: 'INT' }),
  'stop without more': (engine, signal) => engine.containers.stop('x', { signal }),
  restart: (engine, signal) => engine.containers.restart('x', { signal, timeoutSeconds: -1 }),
  kill: (engine, signal) => engine.containers.kill('x', 'USR1', { signal }),
  pause: (engine, signal) => engine.containers.pause('x', { signal }),
  unpause: (engine, signal) => engine.containers.unpause('x', { signal }),
  rename: (engine, signal) => engine.containers.rename('x', 'y', { signal }),
  remove: (engine, signal) =>
    engine.containers.remove('x', { signal, force: true, volumes: false }),
  wait: (engine, signal) => engine.containers.wait('x', 'removed', { signal }),
  get: (engine, signal) => engine.containers.get('x', { signal, size: true }),
  list: (engine, signal) =>
    engine.containers.list({ signal, all: true, limit: 2, size: false, filters }),
  top: (engine, signal) => engine.containers.top('x', ['-o', 'pid'], { signal }),
  resize: (engine, signal) => engine.containers.resize('x', 24, 80, { signal }),
  logs: (engine, signal) =>
    collect(
      engine.containers.logs(
        'x',
        { stdout: true, stderr: false, follow: true, tail: 0, since, until: since },
        { signal },
      ),
    ),
  stats: (engine, signal) => collect(engine.containers.stats(['x', 'y'], { signal, once: true })),
  attach: async (engine, signal) => {
    const request = { stdin: true, stdout: true, stderr: false, logs: true };
    const session = await engine.containers.attach('x', request, { signal });
    await session.write(Buffer.from('höre'));
    await session.closeStdin();
    const output = (await collect(session.output)).map(({ stream, data }) => [
      stream,
      Buffer.from(data).toString(),
    ]);
    await session.close();
    return { id: session.id, terminal: session.terminal, output };
  },
  exec: async (engine, signal) => {
    const session = await engine.processes.exec('x', sampleProcessSpec, { signal });
    await session.resize(1, 2);
    await session.write(Buffer.from('in'));
    await session.closeStdin();
    const output = (await collect(session.output)).map(({ stream, data }) => [
      stream,
      Buffer.from(data).toString(),
    ]);
    const exitCode = await session.exitCode;
    await session.close();
    return { id: session.id, pid: session.pid, output, exitCode };
  },
  'get a process': (engine, signal) => engine.processes.get('x', { signal }),
  'list processes': (engine, signal) => engine.processes.list('x', { signal }),
  'create a network': (engine, signal) => engine.networks.create(sampleNetworkSpec, { signal }),
  'create a network without a policy': (engine, signal) => {
    const { egress: _, ...spec } = sampleNetworkSpec;
    return engine.networks.create(spec, { signal });
  },
  'get a network': (engine, signal) => engine.networks.get('x', { signal }),
  'list networks': (engine, signal) => engine.networks.list({ signal, filters }),
  'remove a network': (engine, signal) => engine.networks.remove('x', { signal, force: true }),
  'prune networks': (engine, signal) => engine.networks.prune({ signal, filters }),
  connect: (engine, signal) => engine.networks.connect('x', sampleEndpoint.asked, { signal }),
  disconnect: (engine, signal) => engine.networks.disconnect('x', 'n', { signal, force: true }),
  'update a network': (engine, signal) =>
    engine.networks.update('x', { addDns: ['9.9.9.9'], removeDns: [] }, { signal }),
  'create a volume': (engine, signal) => engine.volumes.create(sampleVolumeSpec, { signal }),
  'get a volume': (engine, signal) => engine.volumes.get('x', { signal, size: true }),
  'list volumes': (engine, signal) => engine.volumes.list({ signal, filters, size: true }),
  'remove a volume': (engine, signal) => engine.volumes.remove('x', { signal, force: true }),
  'prune volumes': (engine, signal) => engine.volumes.prune({ signal, filters, all: true }),
  'update a volume': (engine, signal) =>
    engine.volumes.update('x', { labels: { a: 'b' } }, { signal }),
  'rename a volume': (engine, signal) => engine.volumes.rename('x', 'y', { signal }),
  'export a volume': async (engine, signal) =>
    Buffer.concat(await collect(engine.volumes.exportFiles('x', { signal }))).toString('hex'),
  'import a volume': (engine, signal) =>
    engine.volumes.importFiles('x', archive(), { signal, replace: true }),
  'clone a volume': (engine, signal) => engine.volumes.clone('x', 'y', { signal }),
  'snapshot a volume': (engine, signal) => engine.volumes.snapshot('x', 's', { signal }),
  'roll a volume back': (engine, signal) => engine.volumes.rollback('x', 's', { signal }),
  'remove a snapshot': (engine, signal) => engine.volumes.removeSnapshot('x', 's', { signal }),
  'files of a volume': (engine, signal) => collect(engine.volumes.entries('x', { signal })),
  'export files of a volume': async (engine, signal) => {
    const files = engine.volumes.exportEntries('x', ['a', '\u00fe/b'], { signal });
    return Buffer.concat(await collect(files)).toString('hex');
  },
  'export no files of a volume': (engine, signal) =>
    collect(engine.volumes.exportEntries('x', [], { signal })),
  'apply files to a volume': (engine, signal) =>
    engine.volumes.applyEntries('x', ['a', '\u00fe'], archive(), { signal }),
  'apply nothing to a volume': (engine, signal) =>
    engine.volumes.applyEntries('x', [], archive(), { signal }),
  watch: (engine, signal) =>
    collect(
      engine.events.watch({ afterSequence: 2n ** 63n, since, until: since, filters }, { signal }),
    ),
  'watch without more': (engine, signal) => collect(engine.events.watch({}, { signal })),
};

/** On a wire an option that is false or an empty list and one that is absent are the same. */
const said = (value: unknown): boolean =>
  value !== false && typeof value !== 'function' && !(Array.isArray(value) && value.length === 0);
const options = (given: unknown): unknown =>
  Object.fromEntries(Object.entries(given as object).filter(([, value]) => said(value)));

const withoutSignals = (calls: readonly RecordedCall[]) =>
  calls.map(({ method, args }) => ({
    method,
    args: args.map((arg, at) => {
      if (arg !== null && typeof arg === 'object' && Symbol.asyncIterator in arg) return 'bytes';
      if (arg !== null && typeof arg === 'object' && 'read' in arg) return 'pieces';
      return at === args.length - 1 ? options(arg) : arg;
    }),
  }));

describe('an engine behind a socket answers and is asked as one at hand:', () => {
  test.each(Object.entries(acts))('%s', async (_, act) => {
    const near = createFakeEngine();
    await using daemon = await testDaemon();
    const { signal } = new AbortController();
    const wanted = await act(near, signal);
    expect(await act(daemon.client, signal)).toEqual(wanted);
    expect(withoutSignals(daemon.engine.calls)).toEqual(withoutSignals(near.calls));
  });
});

test('every method of the interface is in the table', () => {
  const tried = createFakeEngine();
  const { signal } = new AbortController();
  const names = [
    'system',
    'images',
    'manifestLists',
    'contents',
    'registries',
    'containers',
    'processes',
    'networks',
    'volumes',
    'builds',
    'events',
  ] as const;
  const all = names.flatMap((noun) => Object.keys(tried[noun]).map((verb) => `${noun}.${verb}`));
  return Promise.all(Object.values(acts).map((act) => act(tried, signal))).then(() => {
    expect(new Set(tried.calls.map(({ method }) => method))).toEqual(new Set(all));
  });
});
