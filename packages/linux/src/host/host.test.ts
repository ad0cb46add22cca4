import { existsSync, mkdirSync, mkdtempDisposableSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { HostPort } from '@wharf/engine/ports';
import { mountedControllers } from './cgroup-facts.js';
import { degradations } from './degraded.js';
import { deviceNumbers } from './devices.js';
import { capabilityNames, prettyName, readHostFacts } from './facts.js';
import { loadNative } from '@wharf/linux/native';
import { createHost } from './host.js';
import { parseHardLimits } from './limits.js';
import { formatRow, terminalCell } from './process-row.js';
import { parsePs } from './ps.js';

const { signal } = new AbortController();
const temporary = () => mkdtempDisposableSync(join(tmpdir(), 'wharf-host-'));
let host: HostPort;
beforeAll(async () => {
  host = createHost(await readHostFacts(), loadNative());
});

test('the facts are those of this host', () => {
  const { facts } = host;
  expect(facts.bootId).toMatch(/^[0-9a-f-]{36}$/);
  expect(facts.cpus).toBeGreaterThan(0);
  expect(facts.controllers).toEqual(expect.arrayContaining(['memory', 'pids', 'cpu']));
  expect(facts.hardLimits).toHaveProperty('nofile');
  expect(facts.operatingSystem).not.toBe('');
  expect(facts.canRaiseLimits).toBe(facts.capabilities.includes('CAP_SYS_RESOURCE'));
  for (const { what, why } of facts.degraded) expect(`${what}: ${why}`).toMatch(/^\S.* \S/);
});

test('what a poor host lacks is said in words', () => {
  const poor = {
    ...host.facts,
    cgroupVersion: 1 as const,
    hybrid: true,
    controllers: ['memory'],
    swapAccounting: false,
    appArmor: false,
    seccomp: false,
    canRaiseLimits: false,
    capabilities: ['CAP_CHOWN'],
  };
  expect(degradations(poor).map(({ what }) => what)).toEqual([
    'cgroup v1',
    'no cgroup controller cpu, cpuset, pids',
    'no swap limits',
    'no AppArmor',
    'no seccomp',
    'no CAP_SYS_RESOURCE',
    'no CAP_SYS_ADMIN',
  ]);
});

test('files of proc(5) and etc are read', () => {
  const mountinfo = [
    '32 24 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct',
    '33 24 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd',
    '34 24 0:31 / /elsewhere rw - cgroup cgroup rw,memory',
    '35 24 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
    '',
  ].join('\n');
  expect(mountedControllers(mountinfo, '/sys/fs/cgroup')).toEqual(['cpu', 'cpuacct']);
  const limits = parseHardLimits(
    'Limit                     Soft Limit           Hard Limit           Units     \nMax cpu time              unlimited            unlimited            seconds   \nMax open files            1024                 20000                files     \n',
  );
  expect(limits).toEqual({ cpu: -1n, nofile: 20_000n });
  expect(capabilityNames('0000000000000009')).toEqual(['CAP_CHOWN', 'CAP_FOWNER']);
  expect(capabilityNames('garbage')).toEqual([]);
  expect(prettyName('ID=x\nPRETTY_NAME="A \'B\' 1"\n')).toBe("A 'B' 1");
  expect(prettyName('')).toBe('Linux');
});

test('device nodes are told from everything else', async () => {
  expect(await host.deviceNode('/dev/null')).toMatchObject({ type: 'c', major: 1, minor: 3 });
  using directory = temporary();
  const link = join(directory.path, 'link');
  symlinkSync('/dev/null', link);
  expect(await host.deviceNode(link)).toMatchObject({ major: 1, minor: 3 });
  for (const path of ['/dev/../etc', '/etc/passwd', '/dev/none', '/dev/null/x']) {
    await expect(host.deviceNode(path)).rejects.toMatchObject({ code: 'invalid-argument' });
  }
  const all = (await host.listDevices('/dev')).map(({ path }) => path);
  expect(all).toEqual(expect.arrayContaining(['/dev/null', '/dev/zero']));
  expect(all.some((path) => path.startsWith('/dev/pts/'))).toBe(false);
  expect(await host.listDevices('/dev/null')).toEqual([]);
  expect(deviceNumbers(0x0000_1000_0234_5678n)).toEqual({ major: 0x1456, minor: 0x2378 });
});

test('a missing bind source is an error or becomes a directory', async () => {
  using directory = temporary();
  const file = join(directory.path, 'file');
  writeFileSync(file, '');
  expect(await host.ensureBindSource(file, false)).toBe('file');
  expect(await host.ensureBindSource(directory.path, true)).toBe('directory');
  const missing = join(directory.path, 'a/b');
  await expect(host.ensureBindSource(missing, false)).rejects.toMatchObject({
    code: 'not-found',
    message: `invalid mount config for type "bind": bind source path does not exist: ${missing}`,
  });
  expect(await host.ensureBindSource(missing, true)).toBe('directory');
  expect(existsSync(missing)).toBe(true);
  for (const path of ['/proc/nowhere/x', join(file, 'below'), 'relative', '/a\0b']) {
    await expect(host.ensureBindSource(path, true)).rejects.toThrow(/mount/);
  }
  mkdirSync(join(directory.path, 'real'));
  symlinkSync('real', join(directory.path, 'link'));
  expect(await host.ensureBindSource(join(directory.path, 'link/new'), true)).toBe('directory');
});

test('the process table without arguments is that of ps -ef', async () => {
  const { titles, processes } = await host.processTable([process.pid, 999_999_999], [], { signal });
  expect(titles).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
  expect(processes).toHaveLength(1);
  expect(processes[0]?.[1]).toBe(String(process.pid));
  expect(processes[0]?.[2]).toBe(String(process.ppid));
});

test('arguments go to the ps of the host', async () => {
  const one = await host.processTable([process.pid], ['-o', 'pid,ppid,comm'], { signal });
  expect(one.titles).toEqual(['PID', 'PPID', 'COMMAND']);
  expect(one.processes).toMatchObject([
    [String(process.pid), String(process.ppid), expect.anything()],
  ]);
  const table = await host.processTable([process.pid], ['aux'], { signal });
  expect(table.processes.map((row) => row[1])).toEqual([String(process.pid)]);
  const of = (...args: string[]) => host.processTable([process.pid], args, { signal });
  await expect(of('-o', 'comm')).rejects.toThrow("couldn't find PID field in ps output");
  await expect(of('-o', 'comm=PID')).rejects.toThrow(/specifying "comm=PID" is not allowed/);
  await expect(of('--no-such-option')).rejects.toThrow(/^ps: /);
});

test('a row shows what proc(5) has, and nothing that a terminal would obey', () => {
  const now = new Date(2024, 5, 15, 12, 0, 0);
  const boot = now.getTime() / 1000 - 3600;
  const fields = ['S', 7, 8, 9, 34816, ...Array<number>(6).fill(0), 5000, 12_500];
  const stat = (name: string, ...rest: (string | number)[]) =>
    `42 (${name}) ${[...rest, 0, 0, 20, 0, 1, 0, 180_000, 0].join(' ')}`;
  const context = { users: new Map([[1000, 'longusername']]), bootSeconds: boot, now };
  const files = {
    stat: stat('a) b', ...fields),
    status: 'Name:\tx\nUid:\t0\t1000\t0\t0\n',
    commandLine: 'sh\0-c\0echo \u001b[31m\n\0',
  };
  expect(formatRow(42, files, context)?.cells).toEqual([
    ...['longuse+', '42', '7', '9', '11:30', 'pts/0', '00:02:55', 'sh -c echo ?[31m?'],
  ]);
  const zombie = { ...files, stat: stat('gone', 'Z', ...fields.slice(1)), commandLine: '' };
  expect(formatRow(42, zombie, context)?.cells.at(-1)).toBe('[gone] <defunct>');
  expect(formatRow(42, { ...files, stat: '' }, context)).toBeUndefined();
  expect([terminalCell(0), terminalCell(0x0401), terminalCell(0x0440)]).toEqual([
    '?',
    'tty1',
    'ttyS0',
  ]);
});

test('the output of ps is cut into as many columns as it has titles', () => {
  const output =
    'USER  PID COMMAND\nroot    1 a b  c\nroot    - thread\nroot    2 x\nroot    - other\n\n';
  expect(parsePs(output, new Set([1]))).toEqual({
    titles: ['USER', 'PID', 'COMMAND'],
    processes: [
      ['root', '1', 'a b c'],
      ['root', '-', 'thread'],
    ],
  });
  fc.assert(
    fc.property(fc.string(), fc.array(fc.nat()), (text, pids) => {
      try {
        const { titles, processes } = parsePs(text, new Set(pids));
        for (const row of processes) expect(row.length).toBeLessThanOrEqual(titles.length);
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid-argument' });
      }
    }),
  );
});
