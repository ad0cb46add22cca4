import {
  defaultContainerSpec,
  InternalError,
  NotFoundError,
  parseContainerId,
  parseContainerName,
  type AttachRequest,
  type AttachSession,
  type Builds,
  type Container,
  type Containers,
  type ContainerSpec,
  type Contents,
  type Engine,
  type Image,
  type Images,
  type ManifestLists,
  type Networks,
  type OutputChunk,
  type Registries,
  type System,
  type Volumes,
  type WaitResult,
} from '@wharf/core';

export const someId = parseContainerId('1a2b3c4d5e6f'.padEnd(64, '0'));

/** A container that exists, with the changes that a test cares for. */
export function someContainer(changes: Partial<Container> = {}): Container {
  return {
    id: someId,
    name: parseContainerName('web'),
    createdAt: new Date('2026-01-31T10:00:00Z'),
    spec: defaultContainerSpec('busybox'),
    resolved: {
      imageId: `sha256:${'ab'.repeat(32)}`,
      imageManifest: `sha256:${'cd'.repeat(32)}`,
      platform: 'linux/amd64',
      entrypoint: [],
      command: ['sh'],
      env: ['PATH=/bin'],
      workdir: '/',
      user: '',
      hostname: '1a2b3c4d5e6f',
      stopSignal: 'SIGTERM',
      labels: {},
      runtime: 'crun',
      logPath: '/logs/x.log',
      upperDir: '/upper',
      mounts: [],
      networkMode: 'none',
    },
    state: { status: 'created' },
    restartCount: 0,
    networks: [],
    ports: [],
    sandboxKey: '',
    maskedPaths: ['/proc/kcore'],
    readonlyPaths: ['/proc/sys'],
    execIds: [],
    ...changes,
  };
}

/** Fails at what a test did not foresee. */
function partial<T extends object>(what: string, methods: Partial<T>): T {
  return new Proxy(methods as T, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      // A promise that is resolved with it looks for `then`.
      if (method === undefined && name !== 'then')
        throw new InternalError(`${what}.${String(name)} is not expected`);
      return method;
    },
  });
}

export interface FakeRun {
  readonly engine: Engine;
  /** The calls in their order: `create`, `attach`, `wait removed`, `start` … */
  readonly calls: string[];
  readonly specs: ContainerSpec[];
  readonly requests: AttachRequest[];
  /** What was written to the container's stdin. */
  readonly input: string[];
}

export interface FakeRunOptions {
  readonly output?: AsyncIterable<OutputChunk>;
  readonly exit?: Promise<WaitResult> | WaitResult;
  /** The images that are not there before they are pulled. */
  readonly missing?: boolean;
  readonly warnings?: readonly string[];
  readonly startError?: unknown;
  readonly containers?: Partial<Containers>;
}

async function* noOutput(): AsyncIterable<OutputChunk> {
  // Says nothing.
}

/** An engine in which one container can be run. */
export function fakeRun(options: FakeRunOptions = {}): FakeRun {
  const calls: string[] = [];
  const specs: ContainerSpec[] = [];
  const requests: AttachRequest[] = [];
  const input: string[] = [];
  let missing = options.missing ?? false;
  const session: Omit<AttachSession, 'id' | 'terminal'> = {
    output: options.output ?? noOutput(),
    write: (data) => Promise.resolve(void input.push(Buffer.from(data).toString('latin1'))),
    closeStdin: () => Promise.resolve(void calls.push('closeStdin')),
    close: () => Promise.resolve(void calls.push('close')),
  };
  const containers = partial<Containers>('containers', {
    create(spec) {
      calls.push('create');
      specs.push(spec);
      if (missing) return Promise.reject(new NotFoundError('image', spec.image));
      const name = parseContainerName(spec.name ?? 'some_name');
      return Promise.resolve({ id: someId, name, warnings: options.warnings ?? [] });
    },
    attach(_ref, request) {
      calls.push('attach');
      requests.push(request);
      return Promise.resolve({ ...session, id: someId, terminal: false });
    },
    wait(_ref, condition) {
      calls.push(`wait ${condition}`);
      const end = { exitCode: 0, error: '', oomKilled: false };
      return Promise.resolve(options.exit ?? end);
    },
    start() {
      calls.push('start');
      return options.startError === undefined
        ? Promise.resolve(someId)
        : Promise.reject(options.startError as Error);
    },
    kill: (_ref, signal) => {
      calls.push(`kill ${signal}`);
      return Promise.resolve(someId);
    },
    resize: (_ref, rows, columns) => Promise.resolve(void calls.push(`resize ${rows}x${columns}`)),
    ...options.containers,
  });
  const images = partial<Images>('images', {
    async *pull(ref) {
      calls.push(`pull ${ref}`);
      yield {
        kind: 'progress',
        progress: { id: ref, phase: 'resolving', current: 0, total: 0 },
      };
      missing = false;
      yield {
        kind: 'done',
        result: { digest: '', imageId: '', reference: ref, upToDate: false },
      };
    },
  });
  return {
    engine: partial<Engine>('engine', { containers, images }),
    calls,
    specs,
    requests,
    input,
  };
}

/** An engine with these parts alone. */
export function fakeEngine(parts: {
  readonly containers?: Partial<Containers>;
  readonly images?: Partial<Images>;
  readonly manifestLists?: Partial<ManifestLists>;
  readonly contents?: Partial<Contents>;
  readonly registries?: Partial<Registries>;
  readonly networks?: Partial<Networks>;
  readonly volumes?: Partial<Volumes>;
  readonly builds?: Partial<Builds>;
  readonly system?: Partial<System>;
}): Engine {
  return partial<Engine>('engine', {
    containers: partial<Containers>('containers', parts.containers ?? {}),
    images: partial<Images>('images', parts.images ?? {}),
    manifestLists: partial<ManifestLists>('manifestLists', parts.manifestLists ?? {}),
    contents: partial<Contents>('contents', parts.contents ?? {}),
    registries: partial<Registries>('registries', parts.registries ?? {}),
    networks: partial<Networks>('networks', parts.networks ?? {}),
    volumes: partial<Volumes>('volumes', parts.volumes ?? {}),
    builds: partial<Builds>('builds', parts.builds ?? {}),
    system: partial<System>('system', parts.system ?? {}),
  });
}

export function someImage(changes: Partial<Image> = {}): Image {
  return {
    id: `sha256:${'ab'.repeat(32)}`,
    targetDigest: `sha256:${'cd'.repeat(32)}`,
    targetMediaType: 'application/vnd.oci.image.manifest.v1+json',
    platforms: [],
    contentSize: 764_619,
    containers: 0,
    manifestDigest: `sha256:${'cd'.repeat(32)}`,
    manifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
    repoTags: ['busybox:latest'],
    repoDigests: [`busybox@sha256:${'cd'.repeat(32)}`],
    createdAt: new Date('2026-01-01T00:00:00Z'),
    size: 1_982_943,
    os: 'linux',
    architecture: 'amd64',
    variant: '',
    author: '',
    config: {
      user: '',
      exposedPorts: [],
      env: ['PATH=/bin'],
      entrypoint: [],
      command: ['sh'],
      volumes: [],
      workdir: '',
      labels: {},
      stopSignal: '',
      shell: [],
      onBuild: [],
    },
    diffIds: [],
    history: [],
    ...changes,
  };
}
