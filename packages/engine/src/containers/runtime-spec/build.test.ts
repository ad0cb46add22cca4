import {
  InvalidArgumentError,
  defaultContainerSpec,
  parseContainerId,
  type ContainerSpec,
  type MountSpec,
  type ResolvedConfig,
} from '@wharf/core';
import { defaultCapabilities, type RuntimeProcess, type RuntimeSpec } from '@wharf/oci';
import { expect, test } from 'vitest';
import type { HostFacts } from '../ports.js';
import { buildTaskConfig } from './build.js';
import type { TaskConfigDependencies, TaskConfigInput } from './task-config.js';
import { facts } from './testing/facts.js';

const { signal } = new AbortController();
const base = defaultContainerSpec('image');
const resolved: ResolvedConfig = {
  imageId: '',
  imageManifest: '',
  platform: 'linux/amd64',
  entrypoint: ['/entry'],
  command: ['a', 'b'],
  env: ['A=b'],
  workdir: '/srv/../data',
  user: 'web',
  hostname: 'box',
  stopSignal: 'SIGTERM',
  labels: {},
  runtime: 'crun',
  logPath: '',
  upperDir: '',
  mounts: [],
  networkMode: 'none',
};
const bind: MountSpec = {
  kind: 'bind',
  source: '/src',
  target: '/dst',
  readOnly: false,
  createSource: false,
  nonRecursive: false,
  tmpfsSize: 0n,
  tmpfsMode: 0,
  tmpfsOptions: [],
};

interface Given {
  readonly spec?: Partial<ContainerSpec>;
  readonly resolved?: Partial<ResolvedConfig>;
  readonly facts?: Partial<HostFacts>;
  readonly joined?: TaskConfigInput['joined'];
  readonly defaults?: Partial<TaskConfigInput['defaults']>;
  readonly compiled?: boolean;
}

function dependencies(given: Given): TaskConfigDependencies {
  const tty = { type: 'c' as const, major: 4, minor: 64, mode: 0o660, uid: 0, gid: 20 };
  const info = { name: 'crun', path: '/usr/bin/crun', version: '1', isDefault: true, problem: '' };
  return {
    host: {
      facts: { ...facts, ...given.facts },
      deviceNode: (path) =>
        path === '/dev/ttyS0'
          ? Promise.resolve(tty)
          : Promise.reject(new InvalidArgumentError('not a device node')),
      listDevices: (directory) =>
        Promise.resolve(
          directory.startsWith('/dev/ttyS0')
            ? []
            : ['null', 'snd/timer'].map((name) => ({ path: `${directory}/${name}`, node: tty })),
        ),
      ensureBindSource: (path) => Promise.resolve(path.endsWith('.txt') ? 'file' : 'directory'),
      processTable: () => Promise.resolve({ titles: [], processes: [] }),
      mountSharedMemory: () => Promise.resolve(),
      unmountSharedMemory: () => Promise.resolve(),
    },
    runtimes: {
      runtimes: [info],
      resolve: () => info,
      takesCompiledSeccomp: () => given.compiled ?? true,
      supports: () => true,
    },
    seccomp: {
      compiled: (profile, capabilities) => Promise.resolve(`${profile}:${capabilities.length}`),
      specification: (profile) => ({ defaultAction: 'SCMP_ACT_ERRNO', profile }),
    },
  };
}

async function build(given: Given = {}) {
  const task = await buildTaskConfig(
    dependencies(given),
    {
      id: parseContainerId('a'.repeat(64)),
      spec: { ...base, ...given.spec },
      resolved: { ...resolved, ...given.resolved },
      rootfs: '/run/root',
      etc: '/etc-files',
      cgroupPath: '/wharf/x',
      joined: given.joined ?? {},
      defaults: {
        initPath: '',
        init: false,
        noNewPrivileges: false,
        pidsLimit: 2048n,
        ...given.defaults,
      },
    },
    { signal },
  );
  return {
    ...task,
    text: task.config,
    config: JSON.parse(task.config) as RuntimeSpec,
    exec: JSON.parse(task.execProcess) as RuntimeProcess,
  };
}

const security = (more: Partial<ContainerSpec['security']>) => ({
  spec: { security: { ...base.security, ...more } },
});
const modes = (more: Partial<ContainerSpec['namespaces']>) => ({ ...base.namespaces, ...more });
const mountAt = (config: RuntimeSpec, path: string) =>
  config.mounts.find(({ destination }) => destination === path);

test('the process has the command, its environment and the default limits', async () => {
  const { config, exec } = await build({ spec: { terminal: true } });
  expect(config.process).toEqual({
    terminal: true,
    user: { uid: 0, gid: 0 },
    args: ['/entry', 'a', 'b'],
    env: [
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOSTNAME=box',
      'TERM=xterm',
      'A=b',
    ],
    cwd: '/data',
    capabilities: {
      bounding: defaultCapabilities,
      effective: defaultCapabilities,
      permitted: defaultCapabilities,
      inheritable: [],
      ambient: [],
    },
    rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 20_000 }],
    noNewPrivileges: false,
    oomScoreAdj: 0,
  });
  expect(exec).toMatchObject({ terminal: false, args: [], cwd: '/data', noNewPrivileges: false });
  expect(exec.env).not.toContain('TERM=xterm');
  expect(exec.capabilities).toEqual(config.process.capabilities);
});

test('unlimited keeps its digits', async () => {
  const ulimits = [{ name: 'core', soft: 0n, hard: -1n }];
  const { text } = await build({ spec: { resources: { ...base.resources, ulimits } } });
  expect(text).toContain('{"type":"RLIMIT_CORE","soft":0,"hard":18446744073709551615}');
});

test('new namespaces unless they are shared', async () => {
  const types = ({ config }: Awaited<ReturnType<typeof build>>) =>
    config.linux.namespaces.map(({ type, path }) =>
      path === undefined ? type : `${type}=${path}`,
    );
  expect(types(await build())).toEqual(['mount', 'network', 'pid', 'ipc', 'uts', 'cgroup', 'time']);
  const shared = await build({
    spec: { namespaces: modes({ pid: 'container:x', ipc: 'host', uts: 'host', cgroup: 'host' }) },
    resolved: { networkMode: 'host' },
    joined: { pid: '/proc/5/ns/pid' },
  });
  expect(types(shared)).toEqual(['mount', 'pid=/proc/5/ns/pid', 'time']);
  expect(shared.config.hostname).toBeUndefined();
  expect(mountAt(shared.config, '/dev/shm')).toMatchObject({ type: 'bind', source: '/dev/shm' });
  const broken = build({ spec: { namespaces: modes({ pid: 'container:x' }) } });
  await expect(broken).rejects.toMatchObject({ code: 'invalid-argument' });
});

test('shared memory of others is a directory of ours, never one in /proc', async () => {
  const namespaces = modes({ ipc: 'container:x' });
  const of = (shm?: string) =>
    build({
      spec: { namespaces },
      joined: { ipc: '/proc/5/ns/ipc', ...(shm === undefined ? {} : { shm }) },
    });
  expect(mountAt((await of('/run/shm/x')).config, '/dev/shm')).toEqual({
    destination: '/dev/shm',
    type: 'bind',
    source: '/run/shm/x',
    options: ['rbind', 'rprivate', 'nosuid', 'noexec', 'nodev'],
  });
  await expect(of()).rejects.toMatchObject({ code: 'internal' });
  await expect(of('/proc/5/root/dev/shm')).rejects.toMatchObject({ code: 'internal' });
});

test('sysctls are the defaults of a private network, the domain and what was asked for', async () => {
  const own = await build({ spec: { domainname: 'example.org', sysctls: { 'net.a.b': '1' } } });
  expect(own.config.linux.sysctl).toEqual({
    'net.ipv4.ip_unprivileged_port_start': '0',
    'net.ipv4.ping_group_range': '0 2147483647',
    'kernel.domainname': 'example.org',
    'net.a.b': '1',
  });
  const host = await build({ resolved: { networkMode: 'host' } });
  expect(host.config.linux.sysctl).toEqual({});
  await expect(
    build({ spec: { sysctls: { 'net.a.b': '1' } }, resolved: { networkMode: 'host' } }),
  ).rejects.toThrow(/host network namespace/);
});

test('system mounts give way to mounts of the caller, parents come first', async () => {
  const { config, ensure } = await build({
    spec: {
      mounts: [
        { ...bind, target: '/data/deep/er' },
        { ...bind, target: '/data', readOnly: true },
        { ...bind, target: '/file', source: '/a.txt', readOnly: true, nonRecursive: true },
        { ...bind, target: '/etc/hosts', source: '/h.txt' },
        { ...bind, kind: 'tmpfs', source: '', target: '/dev/shm' },
        { ...bind, kind: 'tmpfs', source: '', target: '/scratch', tmpfsSize: 5n, tmpfsMode: 0o700 },
      ],
    },
  });
  const order = config.mounts.map(({ destination }) => destination);
  expect(order).toEqual([
    ...['/proc', '/dev', '/dev/pts', '/sys', '/sys/fs/cgroup', '/dev/mqueue'],
    ...[
      '/data',
      '/file',
      '/scratch',
      '/etc/hosts',
      '/dev/shm',
      '/etc/resolv.conf',
      '/etc/hostname',
    ],
    '/data/deep/er',
  ]);
  expect(mountAt(config, '/data')?.options).toEqual(['rbind', 'rprivate', 'ro', 'rro']);
  expect(mountAt(config, '/file')?.options).toEqual(['bind', 'rprivate', 'ro']);
  expect(mountAt(config, '/etc/hosts')?.source).toBe('/h.txt');
  expect(mountAt(config, '/scratch')?.options).toEqual([
    ...['noexec', 'nosuid', 'nodev', 'size=5', 'mode=700'],
  ]);
  expect(ensure).toEqual([
    { path: '/data', directory: true },
    { path: '/data', directory: true },
    { path: '/file', directory: false },
    { path: '/etc/hosts', directory: false },
    { path: '/etc/resolv.conf', directory: false },
    { path: '/etc/hostname', directory: false },
  ]);
});

test("an image's volumes are directories of ours, unless the caller mounts there", async () => {
  const volume = (target: string) => ({
    kind: 'volume' as const,
    name: 'v',
    source: '/volumes/v',
    target,
    driver: 'local',
    mode: '',
    readWrite: true,
    propagation: '',
  });
  const { config } = await build({
    spec: { mounts: [{ ...bind, target: '/b/' }] },
    resolved: { mounts: [volume('/a'), volume('/b')] },
  });
  expect(mountAt(config, '/a')).toEqual({
    destination: '/a',
    type: 'bind',
    source: '/volumes/v',
    options: ['rbind', 'rprivate', 'rw'],
  });
  expect(mountAt(config, '/b')?.source).toBe('/src');
  for (const target of ['/', '/proc/sys', '/sys', '/sys/fs/cgroup', '/dev', 'x']) {
    await expect(build({ resolved: { mounts: [volume(target)] } })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  }
});

test('propagation needs a root that passes it on', async () => {
  const of = async (propagation: string) =>
    (await build({ spec: { mounts: [{ ...bind, propagation }] } })).config.linux.rootfsPropagation;
  expect(await of('rslave')).toBe('rslave');
  expect(await of('shared')).toBe('rshared');
  expect(await of('private')).toBeUndefined();
});

test('a read-only root locks what is not the devices or the caller', async () => {
  const { config } = await build({ spec: { readOnlyRootfs: true, mounts: [bind] } });
  expect(config.root).toEqual({ path: '/run/root', readonly: true });
  expect(mountAt(config, '/etc/hosts')?.options).toEqual(['rbind', 'rprivate', 'ro']);
  expect(mountAt(config, '/dst')?.options).toContain('rw');
  expect(mountAt(config, '/dev/shm')?.options).not.toContain('ro');
});

test('privileged opens what docker opens, and nothing is masked', async () => {
  const { config } = await build(security({ privileged: true }));
  expect(config.process.capabilities?.effective).toEqual(facts.capabilities);
  expect(config.linux.maskedPaths).toEqual([]);
  expect(config.linux.readonlyPaths).toEqual([]);
  expect(config.linux.seccomp).toBeUndefined();
  expect(config.annotations).toEqual({});
  expect(mountAt(config, '/sys')?.options).toContain('rw');
  expect(mountAt(config, '/sys/fs/cgroup')?.options).toContain('rw');
  expect(config.linux.resources?.devices).toEqual([{ allow: true, access: 'rwm' }]);
  expect(config.linux.devices?.map(({ path }) => path)).toEqual(['/dev/snd/timer']);
});

test('devices are denied but the usual ones and those asked for', async () => {
  const devices = [
    { hostPath: '/dev/ttyS0', containerPath: '/dev/modem', permissions: 'rw' },
    { hostPath: '/dev/snd/', containerPath: '/dev/sound', permissions: '' },
  ];
  const { config } = await build({ spec: { devices } });
  expect(config.linux.devices).toEqual([
    { path: '/dev/modem', type: 'c', major: 4, minor: 64, fileMode: 0o660, uid: 0, gid: 20 },
    expect.objectContaining({ path: '/dev/sound/null' }),
    expect.objectContaining({ path: '/dev/sound/snd/timer' }),
  ]);
  const rules = config.linux.resources?.devices ?? [];
  expect(rules[0]).toEqual({ allow: false, access: 'rwm' });
  expect(rules).toContainEqual({ allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' });
  expect(rules).toContainEqual({ allow: true, type: 'c', major: 4, minor: 64, access: 'rw' });
  expect(rules).not.toContainEqual(expect.objectContaining({ major: 10 }));
});

test('limits are written for the controllers that there are', async () => {
  const resources = {
    ...base.resources,
    memory: 64n,
    memoryReservation: 32n,
    nanoCpus: 250_000_000n,
    cpuShares: 1n,
    cpusetCpus: '0',
  };
  const { config } = await build({ spec: { resources } });
  expect(config.linux.resources).toMatchObject({
    memory: { limit: 64, swap: 128, reservation: 32 },
    cpu: { quota: 25_000, period: 100_000, shares: 2, cpus: '0' },
    pids: { limit: 2048 },
  });
  const none = await build({ spec: { resources }, facts: { controllers: [] } });
  expect(Object.keys(none.config.linux.resources ?? {})).toEqual(['devices']);
  const without = await build({ spec: { resources }, facts: { swapAccounting: false } });
  expect(without.config.linux.resources?.memory).not.toHaveProperty('swap');
  const free = await build({ spec: { resources: { ...base.resources, pidsLimit: 0n } } });
  expect(free.config.linux.resources).not.toHaveProperty('pids');
});

test('seccomp is a ready filter where the runtime takes one, else the profile', async () => {
  const eleven = String(defaultCapabilities.length);
  expect((await build()).config.annotations).toEqual({ 'run.oci.seccomp_bpf_data': `:${eleven}` });
  const own = await build(security({ seccomp: '{}', privileged: true }));
  expect(own.config.annotations?.['run.oci.seccomp_bpf_data']).toMatch(/^\{\}:/);
  expect((await build({ compiled: false })).config.linux.seccomp).toMatchObject({ profile: '' });
  expect((await build(security({ seccomp: 'unconfined' }))).config.annotations).toEqual({});
  expect((await build({ facts: { seccomp: false } })).config.annotations).toEqual({});
  await expect(
    build({ ...security({ seccomp: '{}' }), facts: { seccomp: false } }),
  ).rejects.toThrow(/not enabled in your kernel/);
});

test('no_new_privs is what the caller or the daemon wants', async () => {
  const of = async (given: Given) => (await build(given)).config.process.noNewPrivileges;
  expect(await of(security({ noNewPrivileges: true }))).toBe(true);
  expect(await of({ defaults: { noNewPrivileges: true } })).toBe(true);
  expect(await of({ ...security({ privileged: true }), defaults: { noNewPrivileges: true } })).toBe(
    false,
  );
});

test('the init process lies in /dev, or in /sbin when /dev is the host\u2019s', async () => {
  const defaults = { initPath: '/lib/init' };
  const own = await build({ spec: { init: true }, defaults });
  expect(own.config.process.args).toEqual(['/dev/init', '--', '/entry', 'a', 'b']);
  expect(mountAt(own.config, '/dev/init')?.options).toContain('ro');
  expect(own.exec.args).toEqual([]);
  const mounts = [{ ...bind, source: '/dev', target: '/dev' }];
  const foreign = await build({ spec: { init: true, mounts }, defaults });
  expect(foreign.config.process.args[0]).toBe('/sbin/wharf-init');
  expect(
    foreign.config.mounts.filter(({ destination }) => destination.startsWith('/dev')),
  ).toHaveLength(1);
  expect(foreign.ensure).toContainEqual({ path: '/sbin/wharf-init', directory: false });
  const hostPids = await build({
    spec: { init: true, namespaces: modes({ pid: 'host' }) },
    defaults,
  });
  expect(hostPids.config.process.args[0]).toBe('/entry');
  await expect(build({ spec: { init: true } })).rejects.toThrow(/no init binary/);
});

test('what an image says acts inside only', async () => {
  await expect(build({ resolved: { workdir: '/proc/self/fd/7' } })).rejects.toThrow(/\/proc/);
  await expect(build({ resolved: { env: ['A=b\0c'] } })).rejects.toThrow(/NUL/);
  await expect(build({ resolved: { entrypoint: [''], command: [] } })).rejects.toThrow(
    /no command/,
  );
  const { config } = await build({
    resolved: {
      workdir: '/../../etc',
      labels: { 'run.oci.hooks.stdout': 'x' },
      env: ['LD_PRELOAD=/x'],
    },
  });
  expect(config.process.cwd).toBe('/etc');
  expect(JSON.stringify(config.annotations)).not.toContain('hooks');
  expect(config).not.toHaveProperty('hooks');
});
