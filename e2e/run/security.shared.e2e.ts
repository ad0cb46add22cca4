import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';

const engine = useEngine();
const { run } = engine;

const bit = { CHOWN: 0n, NET_RAW: 13n, SYS_ADMIN: 21n, SYS_TIME: 25n, NET_ADMIN: 12n } as const;

interface Capabilities {
  readonly CapInh: bigint;
  readonly CapPrm: bigint;
  readonly CapEff: bigint;
  readonly CapBnd: bigint;
  readonly CapAmb: bigint;
}

async function capabilities(flags: readonly string[]): Promise<Capabilities> {
  const { stdout } = await run([...flags, 'busybox', 'grep', '^Cap', '/proc/self/status']);
  const pairs = [...stdout.matchAll(/^(Cap\w+):\t([0-9a-f]+)$/gm)].map(
    ([, name = '', hex = '']) => [name, BigInt(`0x${hex}`)] as const,
  );
  expect(pairs).toHaveLength(5);
  return Object.fromEntries(pairs) as unknown as Capabilities;
}

const has = (set: bigint, name: keyof typeof bit): boolean => (set & (1n << bit[name])) !== 0n;

test('root has some capabilities, none inheritable or ambient', async () => {
  const caps = await capabilities([]);
  expect(has(caps.CapEff, 'CHOWN')).toBe(true);
  expect(has(caps.CapBnd, 'SYS_ADMIN')).toBe(false);
  expect(caps.CapInh).toBe(0n);
  expect(caps.CapAmb).toBe(0n);
  expect(caps.CapPrm).toBe(caps.CapEff);
});

test('another user has none in effect', async () => {
  const caps = await capabilities(['-u', '1000']);
  expect(caps).toMatchObject({ CapInh: 0n, CapPrm: 0n, CapEff: 0n, CapAmb: 0n });
});

test('--cap-add adds and --cap-drop drops, with and without the prefix', async () => {
  const added = await capabilities(['--cap-add', 'sys_time', '--cap-add', 'CAP_NET_ADMIN']);
  expect(has(added.CapEff, 'SYS_TIME') && has(added.CapEff, 'NET_ADMIN')).toBe(true);
  const dropped = await capabilities(['--cap-drop', 'CHOWN']);
  expect(has(dropped.CapBnd, 'CHOWN')).toBe(false);
});

test('--cap-drop ALL leaves nothing but what is added', async () => {
  const none = await capabilities(['--cap-drop', 'ALL']);
  expect(none).toMatchObject({ CapEff: 0n, CapBnd: 0n });
  const one = await capabilities(['--cap-drop', 'ALL', '--cap-add', 'CHOWN']);
  expect(one.CapEff).toBe(1n);
});

test('an unknown capability is refused', async () => {
  const { code, stderr } = await run(['--cap-add', 'NONSENSE', 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toContain('NONSENSE');
});

test('system calls are filtered unless seccomp=unconfined', async () => {
  const status = ['busybox', 'grep', '^Seccomp:', '/proc/self/status'];
  expect((await run(status)).stdout).toBe('Seccomp:\t2\n');
  const open = await run(['--security-opt', 'seccomp=unconfined', ...status]);
  expect(open.stdout).toBe('Seccomp:\t0\n');
});

test('unshare and mount are refused inside', async () => {
  expect((await run(['busybox', 'unshare', '-m', 'true'])).stderr).toMatch(/not permitted/i);
  expect((await run(['busybox', 'mount', '-t', 'tmpfs', 'x', '/tmp'])).stderr).toMatch(
    /permission denied|not permitted/i,
  );
});

test('--security-opt seccomp=FILE loads a profile', async () => {
  await using dir = await tempDir();
  const file = join(dir.path, 'profile.json');
  const profile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
  };
  await writeFile(file, JSON.stringify(profile));
  const args = ['--security-opt', `seccomp=${file}`, 'busybox', 'mkdir', '/tmp/x'];
  const { code, stderr } = await run(args);
  expect(code).toBe(1);
  expect(stderr).toMatch(/not permitted/i);
});

test('a seccomp profile that is missing or wrong is refused', async () => {
  await using dir = await tempDir();
  const missing = ['--security-opt', `seccomp=${dir.path}/missing.json`, 'busybox', 'true'];
  expect((await run(missing)).code).toBe(125);
  const file = join(dir.path, 'wrong.json');
  await writeFile(file, '{"defaultAction":');
  expect((await run(['--security-opt', `seccomp=${file}`, 'busybox', 'true'])).code).not.toBe(0);
});

test('--security-opt no-new-privileges sets the bit, which is off otherwise', async () => {
  const status = ['busybox', 'grep', '^NoNewPrivs:', '/proc/self/status'];
  expect((await run(['--security-opt', 'no-new-privileges', ...status])).stdout).toMatch(/\t1\n/);
  expect((await run(status)).stdout).toMatch(/\t0\n/);
});

test('an unknown security option is refused', async () => {
  const { code } = await run(['--security-opt', 'nonsense=1', 'busybox', 'true']);
  expect(code).toBe(125);
});

test('sensitive files of /proc are hidden or read-only, unless systempaths=unconfined', async () => {
  const script = 'cat /proc/timer_list; echo x 2>&1 > /proc/sys/kernel/hostname; ls /sys/firmware';
  const { stdout } = await run(['busybox', 'sh', '-c', script]);
  expect(stdout).toMatch(/^.*read-only file system\n$/i);
  const count = ['busybox', 'sh', '-c', 'grep -c " /proc/" /proc/mounts'];
  const open = await run(['--security-opt', 'systempaths=unconfined', ...count]);
  expect(open.stdout).toBe('0\n');
});

test('/sys is read-only', async () => {
  const { code, stderr } = await run(['busybox', 'mkdir', '/sys/x']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/read-only/i);
});

test('a device that was not given cannot be opened', async () => {
  const script = 'mknod /tmp/kmsg c 1 11 2>/dev/null; cat /tmp/kmsg';
  const { code, stderr } = await run(['--cap-add', 'MKNOD', 'busybox', 'sh', '-c', script]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/not permitted|permission denied/i);
});

test('the usual devices are there', async () => {
  const script =
    'for d in null zero full random urandom tty; do test -c /dev/$d || echo no $d; done';
  expect((await run(['busybox', 'sh', '-c', `${script}; ls /dev/pts`])).stdout).toBe('ptmx\n');
});

test('no descriptors but 0, 1 and 2 are open', async () => {
  const { stdout } = await run(['busybox', 'sh', '-c', 'ls /proc/$$/fd; true']);
  expect(stdout).toBe('0\n1\n2\n');
});
