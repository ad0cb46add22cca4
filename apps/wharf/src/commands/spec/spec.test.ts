import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContainerSpec, type ContainerSpec } from '@wharf/core';
import { afterAll, describe, expect, test } from 'vitest';
import { parseArgv } from '../../argv/parse.js';
import { specFlags } from './flags.js';
import { buildSpec } from './spec.js';

const directory = mkdtempSync(join(tmpdir(), 'wharf-spec-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

async function build(...argv: string[]) {
  const { flags, args, given } = parseArgv(argv, specFlags, { stopAtFirstPositional: true });
  const env = { HOME: '/root', LANG: 'C', EMPTY: '' };
  return buildSpec({ flags, args, given, env }, { signal: new AbortController().signal });
}

async function spec(...flags: string[]): Promise<ContainerSpec> {
  return (await build(...flags, 'busybox')).spec;
}

test('without flags all is default, and the output is attached', async () => {
  const attached = { attachStdout: true, attachStderr: true };
  expect(await spec()).toEqual({ ...defaultContainerSpec('busybox'), ...attached });
});

test('what follows the image is the command, flags included', async () => {
  const built = await build('-e', 'A=1', 'busybox', 'ls', '-l', '--rm');
  expect(built.spec).toMatchObject({ command: ['ls', '-l', '--rm'], autoRemove: false });
});

type Row = [flags: string, wanted: Partial<ContainerSpec>];
test.each<Row>([
  ['-it', { openStdin: true, terminal: true, attachStdin: true, stdinOnce: true }],
  ['-i -a stdout', { openStdin: true, attachStdin: false, attachStderr: false, stdinOnce: false }],
  ['-a STDIN -a stderr -i', { attachStdin: true, attachStdout: false, attachStderr: true }],
  ['--name x --rm', { name: 'x', autoRemove: true }],
  ['-l a=1 -l b --label a=2', { labels: { a: '2', b: '' } }],
  ['-e A=1 -e LANG -e NOSUCH -e EMPTY', { env: ['A=1', 'LANG=C', 'EMPTY='] }],
  [
    '-w /srv -u 1:2 --group-add 5 --group-add audio',
    { workdir: '/srv', user: '1:2', groupAdd: ['5', 'audio'] },
  ],
  ['--entrypoint=', { entrypoint: [''] }],
  ['--entrypoint sh', { entrypoint: ['sh'] }],
  ['-h box --domainname example.org', { hostname: 'box', domainname: 'example.org' }],
  ['--read-only --init', { readOnlyRootfs: true, init: true }],
  ['--init=false', { init: false }],
  ['--net host', { namespaces: { network: 'host', pid: '', ipc: '', uts: '', cgroup: '' } }],
  [
    '--network container:x --pid host --ipc shareable --uts host --cgroupns private',
    {
      namespaces: {
        network: 'container:x',
        pid: 'host',
        ipc: 'shareable',
        uts: 'host',
        cgroup: 'private',
      },
    },
  ],
  ['--restart on-failure:3', { restart: { kind: 'on-failure', maximumRetryCount: 3 } }],
  ['--stop-signal INT --stop-timeout 3', { stopSignal: 'INT', stopTimeoutSeconds: 3 }],
  [
    '--sysctl net.core.somaxconn=9 --annotation a=b',
    { sysctls: { 'net.core.somaxconn': '9' }, annotations: { a: 'b' } },
  ],
  [
    '--log-driver none --log-opt max-size=1m',
    { log: { driver: 'none', options: { 'max-size': '1m' } } },
  ],
  ['--runtime runc --platform linux/arm64', { runtime: 'runc', platform: 'linux/arm64' }],
  [
    '--device /dev/a:r',
    { devices: [{ hostPath: '/dev/a', containerPath: '/dev/a', permissions: 'r' }] },
  ],
])('%s', async (flags, wanted) => {
  expect(await spec(...flags.split(' '))).toMatchObject(wanted);
});

test('resources', async () => {
  const flags =
    '-m 512m --memory-swap=-1 --memory-reservation 1g --cpus 1.5 -c 512 --cpu-period 1000 --cpu-quota 2000 ' +
    '--cpuset-cpus 0-1 --cpuset-mems 0 --pids-limit=-1 --oom-score-adj=-5 --oom-kill-disable --shm-size 1g ' +
    '--ulimit nofile=1:2';
  expect((await spec(...flags.split(' '))).resources).toEqual({
    memory: 512n << 20n,
    memorySwap: -1n,
    memoryReservation: 1n << 30n,
    nanoCpus: 1_500_000_000n,
    cpuShares: 512n,
    cpuPeriod: 1000n,
    cpuQuota: 2000n,
    cpusetCpus: '0-1',
    cpusetMems: '0',
    pidsLimit: -1n,
    oomScoreAdj: -5,
    oomKillDisable: true,
    shmSize: 1n << 30n,
    ulimits: [{ name: 'nofile', soft: 1n, hard: 2n }],
  });
});

describe('health checks', () => {
  const times = { timeoutNanos: 0n, startPeriodNanos: 0n, startIntervalNanos: 0n };

  test('a command and its times', async () => {
    const built = await spec(
      '--health-cmd',
      'true || x',
      '--health-interval=1m30s',
      '--health-retries=2',
    );
    expect(built.healthcheck).toEqual({
      ...times,
      test: ['CMD-SHELL', 'true || x'],
      intervalNanos: 90_000_000_000n,
      retries: 2,
    });
  });

  test('times alone keep the image’s command', async () => {
    expect((await spec('--health-timeout=1s')).healthcheck).toMatchObject({ test: [] });
    expect((await spec()).healthcheck).toBeUndefined();
  });

  test('none', async () => {
    expect((await spec('--no-healthcheck')).healthcheck).toMatchObject({ test: ['NONE'] });
    await expect(spec('--no-healthcheck', '--health-cmd', 'x')).rejects.toThrow('conflicts with');
    await expect(spec('--health-interval=-1s')).rejects.toThrow('cannot be negative');
  });
});

describe('security', () => {
  test('capabilities, privileges, options', async () => {
    const flags =
      '--cap-add NET_ADMIN --cap-drop ALL --privileged --security-opt no-new-privileges';
    const more = '--security-opt seccomp=unconfined --security-opt systempaths=unconfined';
    expect((await spec(...flags.split(' '), ...more.split(' '))).security).toEqual({
      capAdd: ['NET_ADMIN'],
      capDrop: ['ALL'],
      privileged: true,
      seccomp: 'unconfined',
      noNewPrivileges: true,
      systemPathsUnconfined: true,
    });
  });

  test('a seccomp profile is read', async () => {
    const path = file('seccomp.json', '{ "defaultAction": "SCMP_ACT_ALLOW" }');
    const { security } = await spec('--security-opt', `seccomp=${path}`);
    expect(security.seccomp).toBe('{"defaultAction":"SCMP_ACT_ALLOW"}');
    await expect(spec('--security-opt', 'seccomp=/nonex')).rejects.toThrow(
      'opening seccomp profile (/nonex) failed: open /nonex: no such file or directory',
    );
    const broken = file('broken.json', '{');
    await expect(spec('--security-opt', `seccomp=${broken}`)).rejects.toThrow('is not JSON');
  });

  test('what is not in use is told, what is not known refused', async () => {
    const { warnings } = await build(
      '--security-opt',
      'apparmor=mine',
      '--security-opt',
      'label=disable',
      'x',
    );
    expect(warnings).toEqual(['--security-opt apparmor=mine is ignored: AppArmor is not in use']);
    for (const option of ['foo', 'no-new-privileges=maybe', 'systempaths=some']) {
      await expect(spec('--security-opt', option)).rejects.toThrow('invalid --security-opt');
    }
    expect((await spec('--security-opt', 'no-new-privileges:false')).security.noNewPrivileges).toBe(
      false,
    );
  });
});

describe('files', () => {
  test('variables: files first, bare names from the environment, comments left out', async () => {
    const path = file('env', '\ufeff# comment\nA=1\n\n  B=x y # z\nLANG\nNOSUCH\r\n');
    expect((await spec('-e', 'A=2', '--env-file', path)).env).toEqual([
      'A=1',
      'B=x y # z',
      'LANG=C',
      'A=2',
    ]);
  });

  test('labels: a bare name has no value', async () => {
    const path = file('labels', 'a=1\nHOME\n');
    expect((await spec('-l', 'a=2', '--label-file', path)).labels).toEqual({ a: '2', HOME: '' });
  });

  test.each([
    ['=x', 'no variable name'],
    ['a b=1', "variable 'a b' contains whitespaces"],
  ])('a line %j is refused', async (line, why) => {
    await expect(spec('--env-file', file('bad', line))).rejects.toThrow(why);
  });

  test('one that is not there', async () => {
    await expect(spec('--env-file', '/nonex')).rejects.toThrow('open /nonex: no such file');
  });
});

test('what contradicts itself is refused', async () => {
  await expect(spec('--rm', '--restart', 'always')).rejects.toThrow('cannot specify both');
  await expect(spec('-v', '/a:/b', '--tmpfs', '/b')).rejects.toThrow('duplicate mount point: /b');
  await expect(spec('--network', 'a', '--net', 'host')).rejects.toThrow('cannot attach both');
  await expect(spec('--pid', 'x')).rejects.toThrow('--pid: invalid PID mode');
});

test.each([
  [['-e', '=x'], 'invalid argument "=x" for "-e, --env" flag: invalid environment variable: =x'],
  [['-m', 'abc'], `invalid argument "abc" for "-m, --memory" flag: invalid size: 'abc'`],
  [['-m', '-1'], 'invalid size'],
  [
    ['--cpus', 'foo'],
    'invalid argument "foo" for "--cpus" flag: failed to parse foo as a rational number',
  ],
  [['-a', 'foo'], 'valid streams are STDIN, STDOUT and STDERR'],
  [['--ulimit', 'foo'], 'invalid argument "foo" for "--ulimit" flag: invalid ulimit argument: foo'],
  [['--pull', 'foo'], 'must be one of "always", "missing" or "never"'],
  [['--health-interval', '1'], 'time: missing unit in duration "1"'],
  [['--log-opt', 'x'], 'invalid logging option'],
])('%j is a wrong flag', async (flags, why) => {
  await expect(spec(...flags)).rejects.toThrow(why);
});
