import type { TreeSource } from '@wharf/core';
import { sampleBuildSpec } from '@wharf/testing';
import { collect } from './test-daemon.js';
import type { Act } from './test-daemon.js';

const filters = new Map([['id', ['a', 'ü']]]);

async function* archive(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('one'));
  yield Buffer.alloc(700_000, 1);
}

const pieces: TreeSource = {
  async *read(digests) {
    for (const digest of digests) {
      yield await Promise.resolve({ digest, data: Buffer.alloc(600_000, 1), last: false });
      yield { digest, data: Buffer.from('end'), last: true };
    }
  },
};

/** Every method of a builder, with every option. */
export const buildActs: Readonly<Record<string, Act>> = {
  'sync a tree': (engine, signal) => engine.builds.syncTree('sha256:1', pieces, { signal }),
  'import an archive': (engine, signal) => engine.builds.importArchive(archive(), { signal }),
  build: async (engine, signal) => {
    const frames = await collect(engine.builds.build(sampleBuildSpec, { signal }));
    return frames.map((frame) => ({ ...frame, ...('data' in frame && { data: hex(frame.data) }) }));
  },
  'ask about a Dockerfile': (engine, signal) =>
    engine.builds.ask(sampleBuildSpec, 'outline', { signal }),
  'list builds': (engine, signal) => engine.builds.list({ signal, filters }),
  'get a build': (engine, signal) => engine.builds.get('x', { signal }),
  'logs of a build': async (engine, signal) =>
    (await collect(engine.builds.logs('x', { signal }))).map(({ kind }) => kind),
  'remove a build': (engine, signal) => engine.builds.remove('x', { signal }),
  'explain a build': (engine, signal) => engine.builds.explain('x', '2', { signal }),
  'list the cache': (engine, signal) => engine.builds.cache({ signal, filters }),
  'prune the cache': (engine, signal) =>
    engine.builds.prune({
      signal,
      filters,
      all: true,
      reservedSpace: 0n,
      maxUsedSpace: 2n ** 62n,
      minFreeSpace: 1n,
    }),
  'prune the cache without more': (engine, signal) => engine.builds.prune({ signal }),
  'list cache mounts': (engine, signal) => engine.builds.cacheMounts({ signal }),
  'export a cache mount': async (engine, signal) =>
    hex(Buffer.concat(await collect(engine.builds.exportCacheMount('x', { signal })))),
  'import a cache mount': (engine, signal) =>
    engine.builds.importCacheMount('x', archive(), { signal }),
  'debug a step': async (engine, signal) => {
    const request = { args: ['sh', '-c', 'ü'], rows: 24, columns: 80 };
    const session = await engine.builds.debug('x', request, { signal });
    await session.resize(1, 2);
    await session.write(Buffer.from('in'));
    await session.closeStdin();
    const output = (await collect(session.output)).map(({ stream, data }) => [stream, hex(data)]);
    const exitCode = await session.exitCode;
    await session.close();
    return { id: session.id, pid: session.pid, output, exitCode };
  },
};

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}
