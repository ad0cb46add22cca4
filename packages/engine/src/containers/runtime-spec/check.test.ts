import fc from 'fast-check';
import { defaultContainerSpec, type ContainerSpec, type MountSpec } from '@wharf/core';
import { expect, test } from 'vitest';
import { checkSpec } from './check.js';
import { facts } from './testing/facts.js';

const base = defaultContainerSpec('image');
const spec = (more: Partial<ContainerSpec>): ContainerSpec => ({ ...base, ...more });
const resources = (more: Partial<ContainerSpec['resources']>) =>
  spec({ resources: { ...base.resources, ...more } });
const namespaces = (more: Partial<ContainerSpec['namespaces']>) => ({
  namespaces: { ...base.namespaces, ...more },
});
const security = (more: Partial<ContainerSpec['security']>) =>
  spec({ security: { ...base.security, ...more } });
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
const mounts = (...all: Partial<MountSpec>[]) =>
  spec({ mounts: all.map((m) => ({ ...bind, ...m })) });
const tmpfs = (more: Partial<MountSpec>) => mounts({ kind: 'tmpfs', source: '', ...more });
const health = {
  test: [],
  intervalNanos: 0n,
  timeoutNanos: 0n,
  startPeriodNanos: 0n,
  startIntervalNanos: 0n,
  retries: 0,
};
const MiB = 1024n * 1024n;
const quiet = { ...facts, canRaiseLimits: true };

test('a plain specification passes without a word', () => {
  expect(checkSpec(base, facts)).toEqual([]);
});

const refused: readonly (readonly [ContainerSpec, RegExp])[] = [
  [spec({ env: ['=x'] }), /invalid environment variable/],
  [spec({ env: [''] }), /invalid environment variable/],
  [spec({ env: ['A=b\0c'] }), /NUL/],
  [spec({ env: ['A\0'] }), /NUL/],
  [
    spec({ env: [`A=${'x'.repeat(131_072)}`] }),
    /environment variable A is longer than 131071 bytes/,
  ],
  [
    spec({ env: Array.from({ length: 30 }, (_, i) => `A${i}=${'x'.repeat(100_000)}`) }),
    /argument list too long/,
  ],
  [spec({ command: ['a\0b'] }), /argument .* contains a NUL/],
  [spec({ hostname: 'a b' }), /invalid hostname format/],
  [spec({ hostname: '-a' }), /invalid hostname format/],
  [spec({ hostname: 'a..b' }), /invalid hostname format/],
  [spec({ hostname: 'a'.repeat(64) }), /invalid hostname format/],
  [spec({ domainname: 'x\ny' }), /invalid domainname format/],
  [spec({ workdir: 'tmp' }), /working directory 'tmp' is invalid, it needs to be an absolute path/],
  [spec({ workdir: '/proc/self/fd/7' }), /lies in \/proc/],
  [spec({ stopSignal: 'SIG; rm' }), /invalid signal/],
  [spec({ stopSignal: '9999' }), /invalid signal/],
  [spec({ stopTimeoutSeconds: -2 }), /invalid stop timeout/],
  [spec({ stopTimeoutSeconds: 2 ** 31 }), /invalid stop timeout/],
  [spec({ groupAdd: [''] }), /no name/],
  [spec({ user: 'a\nb' }), /invalid name/],
  [spec({ labels: { '': 'x' } }), /invalid label/],
  [spec({ labels: { a: 'x'.repeat(65_537) } }), /longer than 65536/],
  [
    spec({ labels: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [i, ''])) }),
    /more than 1000 labels/,
  ],
  [spec({ annotations: { 'run.oci.hooks.stdout': '/x' } }), /reserved/],
  [
    spec({ restart: { kind: 'always', maximumRetryCount: 0 }, autoRemove: true }),
    /conflicting options: cannot specify both --restart and --rm/,
  ],
  [
    spec({ restart: { kind: 'always', maximumRetryCount: 3 } }),
    /maximum retry count can only be used with 'on-failure'/,
  ],
  [spec({ restart: { kind: 'on-failure', maximumRetryCount: -1 } }), /cannot be negative/],
  [spec({ restart: { kind: 'x' as 'no', maximumRetryCount: 0 } }), /invalid restart policy 'x'/],
  [
    spec({ healthcheck: { ...health, intervalNanos: 999_999n } }),
    /interval in healthcheck cannot be less than 1ms/,
  ],
  [
    spec({ healthcheck: { ...health, timeoutNanos: -1n } }),
    /timeout in healthcheck cannot be less than 1ms/,
  ],
  [spec({ healthcheck: { ...health, retries: -1 } }), /retries/],
  [spec({ healthcheck: { ...health, test: ['X', 'y'] } }), /unknown type X in healthcheck/],
  [spec(namespaces({ pid: 'x' })), /invalid PID mode: x/],
  [spec(namespaces({ ipc: 'x' })), /invalid IPC mode: x/],
  [spec(namespaces({ uts: 'container:x' })), /invalid UTS mode/],
  [spec(namespaces({ cgroup: 'x' })), /invalid cgroup namespace mode/],
  [spec(namespaces({ network: 'container:' })), /not found/],
  [
    spec({ hostname: 'a', ...namespaces({ uts: 'host' }) }),
    /conflicting options: hostname and the UTS mode/,
  ],
  [
    spec({ hostname: 'a', ...namespaces({ network: 'container:b' }) }),
    /conflicting options: hostname and the network mode/,
  ],
  [mounts({ target: '/' }), /destination can't be '\/'/],
  [mounts({ target: '/a/..' }), /destination can't be '\/'/],
  [mounts({ target: 'rel' }), /invalid mount path: 'rel' mount path must be absolute/],
  [mounts({ target: '' }), /field Target must not be empty/],
  [mounts({ target: '/a\0b' }), /NUL/],
  [mounts({ target: `/${'x'.repeat(4096)}` }), /longer than/],
  [mounts({ target: '/proc' }), /inside \/proc/],
  [mounts({ target: '/x/../proc/sys' }), /inside \/proc/],
  [mounts({ target: '/a' }, { target: '/b/../a/' }), /duplicate mount point: \/a/i],
  [mounts({ source: '' }), /field Source must not be empty/],
  [mounts({ source: 'rel' }), /mount path must be absolute/],
  [mounts({ propagation: 'x' }), /invalid propagation mode/],
  [
    mounts(...Array.from({ length: 1001 }, (_, i) => ({ target: `/m${i}` }))),
    /more than 1000 mounts/,
  ],
  [tmpfs({ tmpfsSize: -1n }), /invalid tmpfs size/],
  [tmpfs({ tmpfsMode: 0o10000 }), /invalid tmpfs mode/],
  [tmpfs({ tmpfsOptions: ['bind'] }), /invalid tmpfs option \[bind\]/],
  [tmpfs({ tmpfsOptions: ['size=1m,lowerdir=/x'] }), /invalid tmpfs option/],
  [tmpfs({ tmpfsOptions: ['size=-1'] }), /invalid tmpfs option/],
  [tmpfs({ source: '/x' }), /Source must not be specified/],
  [
    spec({ devices: [{ hostPath: 'x', containerPath: '', permissions: '' }] }),
    /not an absolute path/,
  ],
  [
    spec({ devices: [{ hostPath: '/dev/x', containerPath: '/dev/x', permissions: 'rx' }] }),
    /invalid device mode: rx/,
  ],
  [
    spec({ devices: [{ hostPath: '/dev/x', containerPath: '/proc/x', permissions: '' }] }),
    /no device can be put/,
  ],
  [spec({ sysctls: { 'kernel.core_pattern': 'x' } }), /is not allowed/],
  [spec({ sysctls: { 'net.ipv4/../x': 'x' } }), /is not allowed/],
  [
    spec({ sysctls: { 'net.x': '1' }, ...namespaces({ network: 'host' }) }),
    /host network namespace/,
  ],
  [
    spec({ sysctls: { 'kernel.shmmax': '1' }, ...namespaces({ ipc: 'host' }) }),
    /host ipc namespace/,
  ],
  [spec({ sysctls: { 'net.x.y': '' } }), /no valid value/],
  [security({ capAdd: ['NOPE'] }), /unknown capability/],
  [
    security({ capAdd: ['SYS_RESOURCE'] }),
    /not available in the current environment: CAP_SYS_RESOURCE/,
  ],
  [resources({ memory: 1n }), /minimum memory limit allowed is 6MB/],
  [resources({ memory: -1n }), /invalid memory limit/],
  [resources({ memory: 2n ** 63n - 1n }), /invalid memory limit/],
  [
    resources({ memory: 64n * MiB, memorySwap: 32n * MiB }),
    /memoryswap limit should be larger than memory limit/,
  ],
  [resources({ memorySwap: 32n * MiB }), /always set the Memory limit/],
  [
    resources({ memory: 64n * MiB, memoryReservation: 65n * MiB }),
    /less than memory reservation limit/,
  ],
  [resources({ shmSize: -1n }), /SHM size can not be less than 0/],
  [resources({ oomScoreAdj: 1001 }), /range for oom score adj is \[-1000, 1000\]/],
  [resources({ oomScoreAdj: Number.NaN }), /range for oom score adj/],
  [resources({ oomScoreAdj: -5 }), /no CAP_SYS_RESOURCE/],
  [
    resources({ nanoCpus: 5_000_000_000n }),
    /range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available/,
  ],
  [resources({ nanoCpus: 1n }), /range of CPUs/],
  [resources({ nanoCpus: -1n }), /range of CPUs/],
  [
    resources({ nanoCpus: 1_000_000_000n, cpuQuota: 5000n }),
    /Nano CPUs and CPU Quota cannot both be set/,
  ],
  [resources({ cpuPeriod: 10n }), /cfs period/],
  [resources({ cpuQuota: 10n }), /cfs quota/],
  [resources({ cpuShares: -1n }), /invalid CPU shares/],
  [
    resources({ cpusetCpus: '0-9' }),
    /requested CPUs are not available - requested 0-9, available: 0-3/,
  ],
  [resources({ cpusetCpus: '3-1' }), /invalid value/],
  [resources({ cpusetMems: '1' }), /requested memory nodes are not available/],
  [resources({ pidsLimit: 2n ** 31n }), /invalid pids limit/],
  [resources({ ulimits: [{ name: 'as', soft: 1n, hard: 1n }] }), /invalid ulimit type: as/],
  [
    resources({ ulimits: [{ name: 'nofile', soft: 2n, hard: 1n }] }),
    /soft limit must be less than or equal to hard limit: 2 > 1/,
  ],
  [
    resources({ ulimits: [{ name: 'nofile', soft: 1n, hard: 20_001n }] }),
    /above 20000, the hard limit of the daemon/,
  ],
  [resources({ ulimits: [{ name: 'nofile', soft: 1n, hard: -1n }] }), /above 20000/],
  [resources({ ulimits: [{ name: 'core', soft: -2n, hard: 0n }] }), /invalid ulimit core/],
];

test.each(refused.map(([wrong, message]) => [message.source, wrong, message] as const))(
  'refused: %s',
  (_title, wrong, message) => {
    expect(() => checkSpec(wrong, facts)).toThrow(message);
    expect(() => checkSpec(wrong, facts)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  },
);

const taken: readonly ContainerSpec[] = [
  spec({ env: ['A=', 'B==', 'REMOVED', 'ü=é'] }),
  spec({ hostname: 'my_host.example-1.org', domainname: 'example.org' }),
  spec({ labels: { __proto__x: 'y', 'a b': 'ü\n' }, annotations: { 'org.example': 'x' } }),
  spec({ restart: { kind: 'on-failure', maximumRetryCount: 3 } }),
  spec({ healthcheck: { ...health, test: ['NONE'] } }),
  spec(
    namespaces({
      network: 'container:a',
      pid: 'host',
      ipc: 'shareable',
      uts: 'host',
      cgroup: 'private',
    }),
  ),
  mounts(
    { target: '/proc/uptime' },
    { target: '/sys' },
    { target: '/dev' },
    { target: '/etc/resolv.conf' },
    { target: '/a:b' },
  ),
  tmpfs({ tmpfsOptions: ['size=64m,mode=1770', 'uid=1000', 'nr_inodes=4k', 'exec', 'size=50%'] }),
  spec({
    sysctls: {
      'net.ipv4.conf.eth0.forwarding': '1',
      'kernel.sem': '1 2 3 4',
      'fs.mqueue.msg_max': '9',
    },
  }),
  spec({ devices: [{ hostPath: '/dev/fuse', containerPath: '', permissions: 'rwm' }] }),
  security({ capAdd: ['ALL'], capDrop: ['cap_chown', 'net_admin'] }),
  security({ privileged: true, capAdd: ['SYS_RESOURCE'] }),
  resources({
    memory: 6n * MiB,
    memorySwap: -1n,
    cpuShares: 1024n,
    cpusetCpus: '0,2-3',
    pidsLimit: -1n,
  }),
];

test.each(taken.map((good, i) => [i, good] as const))('taken: %i', (_i, good) => {
  expect(checkSpec(good, quiet)).toEqual([]);
});

test('limits that this host cannot keep are warned about', () => {
  const poor = { ...quiet, controllers: [], swapAccounting: false };
  const asked = resources({ memory: 64n * MiB, cpuShares: 5n, cpusetCpus: '0', pidsLimit: 5n });
  expect(checkSpec(asked, poor)).toHaveLength(4);
  expect(checkSpec(resources({ memory: 64n * MiB }), { ...quiet, swapAccounting: false })).toEqual([
    expect.stringMatching(/swap/),
  ]);
  expect(checkSpec(resources({ cpuShares: 1n }), quiet)).toEqual([
    expect.stringMatching(/minimum allowed of 2/),
  ]);
  expect(checkSpec(resources({ cpuShares: 2n ** 62n }), quiet)).toEqual([
    expect.stringMatching(/maximum/),
  ]);
  expect(checkSpec(resources({ oomKillDisable: true }), quiet)).toEqual([
    expect.stringMatching(/OOM killer/),
  ]);
  expect(checkSpec(resources({ oomKillDisable: true }), { ...quiet, cgroupVersion: 2 })).toEqual([
    expect.stringMatching(/discarded/),
  ]);
});

test('whatever the text and numbers, the answer is warnings or invalid-argument', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('/proc', 'container:', '0-1', 'size=1', 'A=b'),
  );
  const big = fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n });
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 4 }),
      text,
      fc.array(big, { minLength: 8, maxLength: 8 }),
      fc.double(),
      (texts, one, [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n], number) => {
        const wild = spec({
          env: texts,
          hostname: one,
          groupAdd: texts,
          sysctls: Object.fromEntries(texts.map((name) => [name, one])),
          mounts: texts.map((target) => ({
            ...bind,
            target,
            source: one,
            tmpfsOptions: texts,
            tmpfsMode: number,
          })),
          namespaces: { ...base.namespaces, pid: one },
          resources: {
            ...base.resources,
            memory: a,
            memorySwap: b,
            nanoCpus: c,
            cpuQuota: d,
            cpuShares: e,
            pidsLimit: f,
            ulimits: [{ name: 'core', soft: g, hard: h }],
            cpusetCpus: one,
            oomScoreAdj: number,
          },
        });
        try {
          expect(Array.isArray(checkSpec(wild, facts))).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-argument' });
        }
      },
    ),
  );
});
