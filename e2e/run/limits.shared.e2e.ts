import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { isOracle } from '@wharf/testing';
import { useEngine } from '../support.js';
import { readLimit } from '../support/cgroup.js';
import type { Limit } from '../support/cgroup.js';

const engine = useEngine();
const { run } = engine;

const memory: Limit = { controller: 'memory', v1: 'memory.limit_in_bytes', v2: 'memory.max' };
const reservation: Limit = {
  controller: 'memory',
  v1: 'memory.soft_limit_in_bytes',
  v2: 'memory.low',
};
const pids: Limit = { controller: 'pids', v1: 'pids.max', v2: 'pids.max' };
const quota: Limit = { controller: 'cpu', v1: 'cpu.cfs_quota_us', v2: 'cpu.max' };
const shares: Limit = { controller: 'cpu', v1: 'cpu.shares', v2: 'cpu.weight' };
const cpuset: Limit = { controller: 'cpuset', v1: 'cpuset.cpus', v2: 'cpuset.cpus' };

async function started(flags: readonly string[]): Promise<number> {
  const id = await engine.container([...flags, 'busybox', 'sleep', '60']);
  return Number(await engine.inspect(id, '{{.State.Pid}}'));
}

test('-m is the limit of memory in the kernel', async () => {
  const pid = await started(['-m', '64m']);
  expect(await readLimit(pid, memory)).toBe(String(64 * 1024 * 1024));
});

test('--memory-reservation is the soft limit', async () => {
  const pid = await started(['-m', '64m', '--memory-reservation', '32m']);
  expect(await readLimit(pid, reservation)).toBe(String(32 * 1024 * 1024));
});

test('a program beyond its memory is killed and the record says so', async () => {
  const flags = ['run', '--name', 'oom', '--network', 'none', '-m', '16m', '--memory-swap', '16m'];
  const script = 'exec dd if=/dev/zero of=/dev/null bs=64M count=1';
  const { code } = await engine.cli([...flags, 'busybox', 'sh', '-c', script]);
  expect(code).toBe(137);
  // Docker hears of it by an event that may come after the end.
  const told = await engine.inspect('oom', '{{.State.OOMKilled}}');
  if (!isOracle()) expect(told).toBe('true');
  await engine.ok(['rm', 'oom']);
});

test('--cpus is a quota', async () => {
  const pid = await started(['--cpus', '0.5']);
  expect(await readLimit(pid, quota)).toMatch(/^50000( 100000)?$/);
});

test('--cpu-shares is a weight', async () => {
  const pid = await started(['--cpu-shares', '512']);
  expect(await readLimit(pid, shares)).toMatch(/^(512|20)$/);
});

test('--cpuset-cpus pins to processors', async () => {
  const pid = await started(['--cpuset-cpus', '0']);
  expect(await readLimit(pid, cpuset)).toBe('0');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  expect(status).toMatch(/^Cpus_allowed_list:\t0$/m);
});

test('--pids-limit is the limit of processes', async () => {
  const pid = await started(['--pids-limit', '20']);
  expect(await readLimit(pid, pids)).toBe('20');
});

test('a fork bomb stays within --pids-limit', async () => {
  const script = 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & done; wait';
  const { code, stderr } = await run(['--pids-limit', '5', 'busybox', 'sh', '-c', script]);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/can't fork|resource temporarily unavailable/i);
});

test('--oom-score-adj is set', async () => {
  const args = ['--oom-score-adj', '500', 'busybox', 'cat', '/proc/self/oom_score_adj'];
  expect((await run(args)).stdout).toBe('500\n');
});

test('--ulimit sets soft and hard limits', async () => {
  const flags = ['--ulimit', 'nofile=100:200', '--ulimit', 'core=0'];
  const script = 'ulimit -Sn; ulimit -Hn; ulimit -c';
  const { stdout } = await run([...flags, 'busybox', 'sh', '-c', script]);
  expect(stdout).toBe('100\n200\n0\n');
});

test('--ulimit with one value sets both', async () => {
  const script = 'ulimit -Sn; ulimit -Hn';
  const { stdout } = await run(['--ulimit', 'nofile=64', 'busybox', 'sh', '-c', script]);
  expect(stdout).toBe('64\n64\n');
});

test('--shm-size is the size of /dev/shm, 64 MiB otherwise', async () => {
  const df = ['busybox', 'sh', '-c', 'df -k /dev/shm | tail -n1'];
  expect((await run(['--shm-size', '8m', ...df])).stdout).toMatch(/\s8192\s/);
  expect((await run(df)).stdout).toMatch(/\s65536\s/);
});

test('--sysctl is set in the namespace', async () => {
  const flags = ['--sysctl', 'kernel.msgmax=4096', '--sysctl', 'net.ipv4.ip_forward=1'];
  const script = 'cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward';
  const { stdout } = await run([...flags, 'busybox', 'sh', '-c', script]);
  expect(stdout).toBe('4096\n1\n');
});

test('--sysctl outside the namespaces is refused', async () => {
  const { code, stderr } = await run(['--sysctl', 'kernel.panic=1', 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toContain('kernel.panic');
});

test('--device gives a device', async () => {
  const args = ['--device', '/dev/zero:/dev/my-zero', 'busybox', 'sh', '-c'];
  const script = 'head -c 3 /dev/my-zero | wc -c; test -c /dev/my-zero && echo node';
  expect((await run([...args, script])).stdout).toBe('3\nnode\n');
});

test('--device with r alone refuses to write', async () => {
  const args = ['--device', '/dev/loop-control:/dev/mine:r', 'busybox', 'sh', '-c'];
  const script = '(: < /dev/mine) && echo read; (: > /dev/mine) || echo refused';
  expect((await run([...args, script])).stdout).toBe('read\nrefused\n');
});

test('--device that is missing is refused', async () => {
  const { code, stderr } = await run(['--device', '/dev/no-such', 'busybox', 'true']);
  expect([125, 127]).toContain(code);
  expect(stderr).toContain('/dev/no-such');
});

test.each([
  ['-m', 'lots'],
  ['-m', '1k'],
  ['-m', '-1m'],
  ['--cpus', 'x'],
  ['--cpus', '-1'],
  ['--cpus', '10000'],
  ['--cpuset-cpus', '9999'],
  ['--cpuset-cpus', 'a-b'],
  ['--ulimit', 'nonsense=1'],
  ['--ulimit', 'nofile=2:1'],
  ['--shm-size', 'x'],
  ['--sysctl', 'nonsense'],
  ['--oom-score-adj', '2000'],
  ['--stop-signal', 'SIGNONSENSE'],
  ['--memory-swap', 'x'],
])('%s %s is refused', async (flag, value) => {
  const { code, stderr } = await run([
    `${flag}=${value}`.replace(/^-m=/, '--memory='),
    'busybox',
    'true',
  ]);
  expect(code).toBe(125);
  expect(stderr).not.toBe('');
});

test('--memory-swap below --memory is refused', async () => {
  const { code } = await run(['-m', '64m', '--memory-swap', '32m', 'busybox', 'true']);
  expect(code).toBe(125);
});

test('limits are shown by inspect', async () => {
  const flags = ['-m', '64m', '--cpus', '1.5', '--pids-limit', '9', '--cpu-shares', '7'];
  const id = await engine.created([...flags, 'busybox', 'true']);
  const template =
    '{{with .HostConfig}}{{.Memory}} {{.NanoCpus}} {{.PidsLimit}} {{.CpuShares}}{{end}}';
  expect(await engine.inspect(id, template)).toBe('67108864 1500000000 9 7');
});
