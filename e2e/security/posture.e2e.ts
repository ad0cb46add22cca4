import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cliProgram, run as runProgram } from '@wharf/testing';
import { useEngine } from '../support.js';
import { buildOutput, lines } from '../support/build-context.js';
import { readLimit } from '../support/cgroup.js';

const engine = useEngine();
const { ok, run } = engine;

/** CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT SETFCAP */
const defaultCapabilities = [0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 31].reduce(
  (set, bit) => set | (1n << BigInt(bit)),
  0n,
);
/** A build tells tabs as blanks. */
const columns = (text: string): string => text.replace(/[ \t]+/g, ' ');
const hex = (set: bigint): string => set.toString(16).padStart(16, '0');

/** The same look from inside by run, by exec and by build. */
const ways: [string, (flags: string[], script: string) => Promise<string>][] = [
  [
    'run',
    async (flags, script) => {
      const { stdout, stderr } = await run([...flags, 'busybox', 'sh', '-c', script]);
      return stdout + stderr;
    },
  ],
  [
    'exec',
    async (flags, script) => {
      const id = await engine.container([...flags, 'busybox', 'sleep', '600']);
      const { stdout, stderr } = await engine.cli(['exec', id, 'sh', '-c', script]);
      return stdout + stderr;
    },
  ],
  [
    'build',
    async (flags, script) => {
      const user = flags[0] === '-u' ? [`USER ${flags[1]}`] : [];
      const step = `RUN ${JSON.stringify(['sh', '-c', script])}`;
      const dockerfile = lines('FROM busybox', ...user, step);
      const args = ['--progress', 'plain', '--no-cache', '--network', 'none', '-'];
      const { stderr } = await engine.cli(['build', ...args], { stdin: dockerfile });
      return buildOutput(stderr);
    },
  ],
];

describe.each(ways)('by %s', (way, look) => {
  /** What no Dockerfile can ask for. */
  const byFlags = test.skipIf(way === 'build');

  test('capabilities are the eleven, in no inheritable or ambient set', async () => {
    const set = hex(defaultCapabilities);
    expect(columns(await look([], 'grep ^Cap /proc/self/status'))).toBe(
      [
        'CapInh: 0000000000000000',
        `CapPrm: ${set}`,
        `CapEff: ${set}`,
        `CapBnd: ${set}`,
        'CapAmb: 0000000000000000\n',
      ].join('\n'),
    );
  });

  test('a user other than root has no capability', async () => {
    const text = await look(['-u', '1000'], 'grep -E "^Cap(Prm|Eff|Inh|Amb)" /proc/self/status');
    expect(text.match(/0000000000000000/g)).toHaveLength(4);
  });

  test('system calls are filtered', async () => {
    expect(columns(await look([], 'grep ^Seccomp: /proc/self/status'))).toBe('Seccomp: 2\n');
    expect(await look([], 'unshare -m true')).toMatch(/not permitted/i);
    expect(await look([], 'mount -t tmpfs x /tmp')).toMatch(/denied|not permitted/i);
  });

  test('masked files of /proc and /sys say nothing, also by other ways', async () => {
    const masked = 'kcore keys latency_stats timer_list sched_debug kallsyms kmsg interrupts';
    const script = `for f in ${masked}; do for r in /proc /proc/self/root/proc /proc/1/root/proc; do
      test -e $r/$f && head -c 1 $r/$f; done; done 2>/dev/null | wc -c; ls /proc/acpi /proc/scsi /sys/firmware 2>/dev/null | grep -v : | tr -d '\\n' | wc -c`;
    expect(await look([], script)).toBe('0\n0\n');
  });

  test('what sets the kernel is read-only', async () => {
    const script = `for f in sys/kernel/core_pattern sys/kernel/hostname sys/vm/panic_on_oom sysrq-trigger; do
      test -e /proc/$f && (echo x > /proc/$f) 2>&1; done; mkdir /sys/x 2>&1; true`;
    const lines = (await look([], script)).trim().split('\n');
    for (const line of lines) expect(line).toMatch(/read-only|denied/i);
    expect(lines.length).toBeGreaterThanOrEqual(3);
  });

  byFlags('disks, memory and the log of the host stay closed, also with CAP_MKNOD', async () => {
    const nodes = 'b:8:0 b:254:0 c:1:1 c:1:2 c:1:4 c:1:11 c:10:229 c:10:237';
    const script = `for n in ${nodes}; do IFS=: read t a b <<EOF
$n
EOF
      mknod /tmp/n $t $a $b && head -c 1 /tmp/n; rm -f /tmp/n; done; true`;
    const text = await look(['--cap-add', 'MKNOD'], script);
    expect(text.trim().split('\n')).toHaveLength(8);
    for (const line of text.trim().split('\n')) expect(line).toMatch(/not permitted|denied/i);
  });

  test('without CAP_MKNOD no device can be made', async () => {
    expect(await look([], 'mknod /tmp/n c 1 3')).toMatch(/not permitted/i);
  });

  test('descriptors are 0, 1 and 2 alone, and none leads out', async () => {
    expect(await look([], 'ls /proc/$$/fd; true')).toBe('0\n1\n2\n');
    expect(await look([], 'ls -l /proc/1/fd /proc/$$/fd | grep -c /tmp/wharf; true')).toBe('0\n');
  });

  test('the working folder is in the root', async () => {
    expect(await look([], 'readlink /proc/self/cwd; ls ../../../..')).toMatch(/^\/\nbin\n/);
  });

  test('the environment has nothing of the host', async () => {
    const names = (await look([], 'env'))
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    const known = ['HOME', 'HOSTNAME', 'PATH', 'PWD', 'SHLVL', 'OLDPWD', 'TERM'];
    expect(names.filter((name) => !known.includes(name ?? ''))).toEqual([]);
  });

  byFlags('groups are exactly the ones asked for', async () => {
    expect(await look(['-u', '1234:5678', '--group-add', '99'], 'id -G')).toBe('5678 99\n');
    expect(await look(['-u', '1234'], 'id -G')).toBe('0\n');
  });

  byFlags('no_new_privs holds where it was asked for', async () => {
    const flags = ['--security-opt', 'no-new-privileges'];
    expect(await look(flags, 'grep ^NoNewPrivs /proc/self/status')).toBe('NoNewPrivs:\t1\n');
  });

  test('mounts are nosuid, nodev and noexec where they can be', async () => {
    const stdout = await look([], 'cat /proc/mounts');
    for (const [path, options] of [
      ['/proc', ['nosuid', 'nodev', 'noexec']],
      ['/sys', ['ro', 'nosuid', 'nodev', 'noexec']],
      ['/dev/shm', ['nosuid', 'nodev', 'noexec']],
      ['/dev/mqueue', ['nosuid', 'nodev', 'noexec']],
      ['/dev', ['nosuid']],
    ] as const) {
      const line = stdout.split('\n').find((text) => text.split(' ')[1] === path);
      const found = line?.split(' ')[3]?.split(',') ?? [];
      for (const option of options) expect(found, path).toContain(option);
    }
  });

  test('no mount shows a path of the daemon', async () => {
    const stdout = await look([], 'cat /proc/self/mountinfo');
    const beyondRoot = stdout.split('\n').filter((line) => !/ \/ .* overlay /.test(line));
    const fields = beyondRoot.map((line) => line.split(' ')[4] ?? '').join('\n');
    expect(fields).not.toContain('wharf');
  });

  test('processes are limited', async () => {
    const script = 'for i in $(seq 2100); do sleep 3 & done; ls -d /proc/[0-9]* | wc -l';
    const text = await look([], `(${script}) 2>&1 | sed -n '/can.t fork/{s/.*can/can/;p;q}'; true`);
    expect(text).toMatch(/can't fork/);
  });
});

test('nothing of mounts comes back to the host', async () => {
  // Other daemons mount meanwhile, each below a folder of its own.
  const own = engine.daemon.execRoot.split('/').slice(0, 3).join('/');
  const mounts = async (): Promise<string[]> =>
    (await readFile('/proc/self/mountinfo', 'utf8'))
      .split('\n')
      .filter((line) => !line.includes(' /tmp/wharf-') || line.includes(` ${own}`));
  const before = await mounts();
  const id = await engine.container(['--tmpfs', '/scratch', 'busybox', 'sleep', '600']);
  expect(await mounts()).toEqual(before);
  await ok(['rm', '-f', id]);
});

test('another user of the host sees nothing of data, bundles and sockets', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  const { dataRoot, execRoot, socket } = engine.daemon;
  const look = `ls ${dataRoot}; ls ${join(execRoot, 'containers')}; ls ${join(execRoot, 'containers', id)};
    cat ${socket}; true`;
  const as = ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'sh', '-c', look];
  const { stdout } = await runProgram('setpriv', as);
  expect(stdout).not.toMatch(/containers|json|[0-9a-f]{64}/);
  const call = ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'env'];
  const cli = [`WHARF_HOST=unix://${socket}`, 'HOME=/tmp', cliProgram(), 'ps'];
  expect((await runProgram('setpriv', [...call, ...cli])).code).not.toBe(0);
});

test('--privileged opens what the daemon itself has, not more', async () => {
  const own = /^CapBnd:\t([0-9a-f]+)$/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1];
  const script =
    'grep ^CapEff /proc/self/status; grep ^Seccomp: /proc/self/status; test -c /dev/kmsg && echo kmsg; mount -t tmpfs x /tmp && echo mounted; touch /sys/x 2>&1 | grep -c Read-only';
  const { stdout } = await run(['--privileged', 'busybox', 'sh', '-c', script]);
  expect(stdout).toBe(`CapEff:\t${own}\nSeccomp:\t0\nkmsg\nmounted\n0\n`);
});

test('processes are limited to 2048 unless asked otherwise', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  const pid = Number(await engine.inspect(id, '{{.State.Pid}}'));
  const limit = { controller: 'pids', v1: 'pids.max', v2: 'pids.max' };
  expect(await readLimit(pid, limit)).toBe('2048');
});

test('logs are rotated unless asked otherwise', async () => {
  const script = 'dd if=/dev/zero bs=64k count=2400 2>/dev/null | tr "\\0" "x" | fold -w 4096';
  const id = await engine.container(['busybox', 'sh', '-c', script]);
  expect(await ok(['wait', id])).toBe('0');
  const folder = join(engine.daemon.dataRoot, 'containers', id);
  const { stdout } = await runProgram('sh', [
    '-c',
    `du -sm ${folder} | cut -f1; ls ${folder} | grep -c json.log`,
  ]);
  const [size = 0, files = 0] = stdout.trim().split('\n').map(Number);
  expect(size).toBeLessThan(125);
  expect(files).toBe(5);
}, 60_000);

test('the program of the runtime cannot be written to from inside', async () => {
  const { stdout } = await runProgram('sh', [
    '-c',
    'sha256sum $(command -v crun) $(command -v runc)',
  ]);
  await run([
    'busybox',
    'sh',
    '-c',
    'for i in /proc/[0-9]*/exe; do (echo x > $i) 2>/dev/null; done; true',
  ]);
  const { stdout: after } = await runProgram('sh', [
    '-c',
    'sha256sum $(command -v crun) $(command -v runc)',
  ]);
  expect(after).toBe(stdout);
});
