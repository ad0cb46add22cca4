import type {
  Builds,
  CallOptions,
  Containers,
  Contents,
  Engine,
  Events,
  Images,
  ManifestLists,
  Networks,
  Processes,
  PushFrame,
  Registries,
  System,
  Volumes,
} from '@wharf/core';
import { fakeBuilds } from './fake-builds.js';
import { createFakeSession } from './fake-session.js';
import * as samples from './samples.js';

export interface RecordedCall {
  /** `containers.stop`. */
  readonly method: string;
  /** Without the signal. */
  readonly args: readonly unknown[];
  readonly signal: AbortSignal;
}

export interface FakeEngine extends Engine {
  readonly calls: RecordedCall[];
}

export interface FakeEngineOptions {
  readonly system?: Partial<System>;
  readonly images?: Partial<Images>;
  readonly manifestLists?: Partial<ManifestLists>;
  readonly contents?: Partial<Contents>;
  readonly registries?: Partial<Registries>;
  readonly containers?: Partial<Containers>;
  readonly processes?: Partial<Processes>;
  readonly networks?: Partial<Networks>;
  readonly volumes?: Partial<Volumes>;
  readonly builds?: Partial<Builds>;
  readonly events?: Partial<Events>;
}

/** An engine without a host: remembers every call and answers with samples, or as the test says. */
export function createFakeEngine(options: FakeEngineOptions = {}): FakeEngine {
  const calls: RecordedCall[] = [];
  const recording = <T extends object>(noun: string, methods: T): T =>
    Object.fromEntries(
      Object.entries(methods).map(([verb, method]) => [
        verb,
        (...args: unknown[]): unknown => {
          calls.push(recorded(`${noun}.${verb}`, args));
          return (method as (...all: unknown[]) => unknown)(...args);
        },
      ]),
    ) as T;
  return {
    calls,
    system: recording('system', { ...fakeSystem, ...options.system }),
    images: recording('images', { ...fakeImages, ...options.images }),
    manifestLists: recording('manifestLists', { ...fakeManifestLists, ...options.manifestLists }),
    contents: recording('contents', { ...fakeContents, ...options.contents }),
    registries: recording('registries', { ...fakeRegistries, ...options.registries }),
    containers: recording('containers', { ...fakeContainers, ...options.containers }),
    processes: recording('processes', { ...fakeProcesses, ...options.processes }),
    networks: recording('networks', { ...fakeNetworks, ...options.networks }),
    volumes: recording('volumes', { ...fakeVolumes, ...options.volumes }),
    builds: recording('builds', { ...fakeBuilds, ...options.builds }),
    events: recording('events', { ...fakeEvents, ...options.events }),
  };
}

function recorded(method: string, args: readonly unknown[]): RecordedCall {
  const { signal, ...rest } = args.at(-1) as CallOptions;
  return { method, args: [...args.slice(0, -1), rest], signal };
}

const answerId = () => Promise.resolve(samples.sampleId);

const fakeSystem: System = {
  ping: () => Promise.resolve({ apiVersion: '1.0' }),
  version: () => Promise.resolve(samples.sampleVersion),
  info: () => Promise.resolve(samples.sampleInfo),
  diskUsage: () => Promise.resolve(samples.sampleUsage),
};

const fakeImages: Images = {
  list: () => Promise.resolve([samples.sampleImage]),
  get: () => Promise.resolve(samples.sampleImage),
  pull: async function* () {
    const progress = { id: 'sha256:3', phase: 'downloading', current: 5, total: 2 ** 40 } as const;
    yield await Promise.resolve({ kind: 'progress', progress });
    yield { kind: 'done', result: samples.samplePull };
  },
  bootstrap: async function* () {
    yield await Promise.resolve({ kind: 'step', message: 'making' });
    yield { kind: 'done', result: samples.samplePull };
  },
  tag: () => Promise.resolve(),
  remove: () => Promise.resolve({ untagged: ['a'], deleted: ['b', 'c'] }),
  history: () => Promise.resolve(samples.sampleHistory),
  push: pushing,
  prune: () => Promise.resolve({ untagged: ['a'], deleted: ['b'], reclaimed: 2 ** 40 }),
  save: bytes,
  load: async function* (archive) {
    const total = await drain(archive);
    const progress = { id: 'sha256:3', phase: 'unpacking', current: 5, total } as const;
    yield { kind: 'progress', progress };
    const image = { reference: 'a:b', imageId: 'i', targetDigest: 't', replaced: 'r' };
    yield { kind: 'loaded', image };
  },
  import: async (archive) => ({ imageId: `sha256:${await drain(archive)}` }),
  convert: async function* () {
    yield await Promise.resolve({ kind: 'step', message: 'm' });
    yield { kind: 'done', imageId: 'i', targetDigest: 't' };
  },
  verify: async function* () {
    const part = { digest: 'd', role: 'snapshot', problem: 'p', size: 3 } as const;
    yield await Promise.resolve({ kind: 'part', part });
    yield { kind: 'done', parts: 1, problems: 1 };
  },
  diff: async function* () {
    yield await Promise.resolve(samples.sampleChanges);
  },
  mount: () => Promise.resolve(samples.sampleMount),
  unmount: () => Promise.resolve(),
  mounts: () => Promise.resolve([samples.sampleMount]),
};

async function* pushing(): AsyncGenerator<PushFrame> {
  const progress = { id: 'sha256:3', phase: 'mounted', current: 1, total: 2, from: 'f' } as const;
  yield await Promise.resolve({ kind: 'progress', progress });
  yield { kind: 'note', message: 'n' };
  yield { kind: 'done', result: samples.samplePush };
}

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('tar'));
  yield Buffer.alloc(100_000, 7);
}

async function drain(archive: AsyncIterable<Uint8Array>): Promise<number> {
  let total = 0;
  for await (const chunk of archive) total += chunk.byteLength;
  return total;
}

const fakeManifestLists: ManifestLists = {
  create: () => Promise.resolve({ reference: 'docker.io/a/b:c' }),
  annotate: () => Promise.resolve(),
  inspect: () => Promise.resolve(samples.sampleManifest),
  push: pushing,
  remove: (names) => Promise.resolve(names),
  copy: pushing,
};

const fakeContents: Contents = {
  describe: () =>
    Promise.resolve({
      target: samples.sampleBlob,
      name: 'n',
      blobs: [samples.sampleBlob],
      absent: [samples.sampleBlob],
    }),
  missing: () => Promise.resolve([{ blob: samples.sampleBlob, offset: 3 }]),
  read: bytes,
  write: async (_request, chunks) => void (await drain(chunks)),
  name: () => Promise.resolve({ imageId: 'i' }),
};

const fakeRegistries: Registries = {
  login: () => Promise.resolve({ identityToken: 't' }),
  search: () =>
    Promise.resolve([{ name: 'n', description: 'd', stars: 3, official: true, automated: false }]),
  tags: () => Promise.resolve(['a', 'b']),
};

const fakeContainers: Containers = {
  create: () =>
    Promise.resolve({ id: samples.sampleId, name: samples.sampleName, warnings: ['beware'] }),
  start: answerId,
  stop: answerId,
  restart: answerId,
  kill: answerId,
  pause: answerId,
  unpause: answerId,
  rename: answerId,
  remove: answerId,
  wait: () => Promise.resolve({ exitCode: 137, error: 'e', oomKilled: true }),
  get: () => Promise.resolve(samples.sampleContainer),
  list: () => Promise.resolve([samples.sampleContainer, samples.sampleContainer]),
  top: () => Promise.resolve({ titles: ['PID', 'CMD'], processes: [['1', 'sh'], []] }),
  resize: () => Promise.resolve(),
  logs: async function* () {
    for (const chunk of samples.sampleLogs) yield await Promise.resolve(chunk);
  },
  stats: async function* () {
    yield await Promise.resolve([samples.sampleStats]);
    yield [];
  },
  attach: () => Promise.resolve(createFakeSession()),
  commit: () => Promise.resolve({ imageId: 'sha256:1' }),
  changes: () => Promise.resolve(samples.sampleChanges),
  exportFiles: bytes,
  statPath: () => Promise.resolve(samples.sampleStat),
  copyOut: () => Promise.resolve({ stat: samples.sampleStat, archive: bytes() }),
  copyIn: async (_ref, _path, archive) => void (await drain(archive)),
};

const fakeProcesses: Processes = {
  exec: () => Promise.resolve(createFakeSession({ exec: true, exitCode: 3 })),
  get: () => Promise.resolve(samples.sampleProcess),
  list: () => Promise.resolve([samples.sampleProcess]),
};

const fakeNetworks: Networks = {
  create: () => Promise.resolve({ id: samples.sampleNetwork.id, warnings: ['beware'] }),
  get: () => Promise.resolve(samples.sampleNetwork),
  list: () => Promise.resolve([samples.sampleNetwork]),
  remove: () => Promise.resolve(samples.sampleNetwork.id),
  prune: () => Promise.resolve({ removed: ['a', 'b'] }),
  connect: () => Promise.resolve(),
  disconnect: () => Promise.resolve(),
  update: () => Promise.resolve(),
};

const fakeVolumes: Volumes = {
  create: () => Promise.resolve(samples.sampleVolume),
  get: () => Promise.resolve(samples.sampleVolume),
  list: () => Promise.resolve([samples.sampleVolume]),
  remove: () => Promise.resolve(),
  prune: () => Promise.resolve({ removed: ['a'], reclaimed: 2 ** 40 }),
  update: () => Promise.resolve(samples.sampleVolume),
  rename: () => Promise.resolve(),
  exportFiles: bytes,
  importFiles: async (_name, archive) => void (await drain(archive)),
  clone: () => Promise.resolve(samples.sampleVolume),
  snapshot: () => Promise.resolve(samples.sampleVolumeSnapshot),
  rollback: () => Promise.resolve(),
  removeSnapshot: () => Promise.resolve(),
  entries: async function* () {
    yield await Promise.resolve(samples.sampleVolumeEntries);
  },
  exportEntries: bytes,
  applyEntries: async (_name, _removed, archive) => void (await drain(archive)),
};

const fakeEvents: Events = {
  watch: async function* () {
    for (const frame of samples.sampleEvents) yield await Promise.resolve(frame);
  },
};
