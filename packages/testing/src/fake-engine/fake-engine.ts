import type {
  CallOptions,
  Containers,
  Engine,
  Events,
  Images,
  Processes,
  System,
} from '@wharf/core';
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
  readonly containers?: Partial<Containers>;
  readonly processes?: Partial<Processes>;
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
    containers: recording('containers', { ...fakeContainers, ...options.containers }),
    processes: recording('processes', { ...fakeProcesses, ...options.processes }),
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
};

const fakeProcesses: Processes = {
  exec: () => Promise.resolve(createFakeSession({ exec: true, exitCode: 3 })),
  get: () => Promise.resolve(samples.sampleProcess),
  list: () => Promise.resolve([samples.sampleProcess]),
};

const fakeEvents: Events = {
  watch: async function* () {
    for (const frame of samples.sampleEvents) yield await Promise.resolve(frame);
  },
};
