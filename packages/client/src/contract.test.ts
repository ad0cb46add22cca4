import { createFakeEngine, sampleProcessSpec, sampleSpec } from '@wharf/testing';
import type { RecordedCall } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { collect, testDaemon } from './test-daemon.js';
import type { Act } from './test-daemon.js';

const filters = new Map([
  ['label', ['a=b', 'ü']],
  ['status', []],
]);
const since = new Date('2026-01-02T03:04:05.678Z');
const credentials = { username: 'u', password: 'p', identityToken: '', registryToken: 't' };

/** Every method of the interface, with every option. */
const acts: Readonly<Record<string, Act>> = {
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
  watch: (engine, signal) =>
    collect(
      engine.events.watch({ afterSequence: 2n ** 63n, since, until: since, filters }, { signal }),
    ),
  'watch without more': (engine, signal) => collect(engine.events.watch({}, { signal })),
};

const withoutSignals = (calls: readonly RecordedCall[]) =>
  calls.map(({ method, args }) => ({ method, args }));

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
  const names = ['system', 'images', 'containers', 'processes', 'events'] as const;
  const all = names.flatMap((noun) => Object.keys(tried[noun]).map((verb) => `${noun}.${verb}`));
  return Promise.all(Object.values(acts).map((act) => act(tried, signal))).then(() => {
    expect(new Set(tried.calls.map(({ method }) => method))).toEqual(new Set(all));
  });
});
