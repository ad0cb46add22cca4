import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultContainerSpec, type ContainerSpec } from '@wharf/core';
import { canRun, openBed, type Bed, type Ran } from './testing/bed.js';

let bed: Bed;
beforeAll(async () => {
  if (canRun) bed = await openBed();
});
afterAll(async () => {
  if (canRun) await bed[Symbol.asyncDispose]();
});

const init = ['/usr/libexec/podman/catatonit', '/usr/bin/tini-static'].find((path) =>
  existsSync(path),
);
const isV1 = !existsSync('/sys/fs/cgroup/cgroup.controllers');
const base = defaultContainerSpec('test');
const security = (more: Partial<ContainerSpec['security']>) => ({
  security: { ...base.security, ...more },
});
const resources = (more: Partial<ContainerSpec['resources']>) => ({
  resources: { ...base.resources, ...more },
});

describe.runIf(canRun).each(['crun', 'runc'])('in a container of %s', (runtime) => {
  const run = async (...rest: Parameters<Bed['run']> extends [string, ...infer T] ? T : never) => {
    const ran: Ran = await bed.run(runtime, ...rest);
    expect(ran).toMatchObject({ error: '', code: 0 });
    return ran.out;
  };

  test('capabilities are the eleven, nothing is inheritable, a filter is in force', async () => {
    const out = await run('grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status');
    expect(out.replace(/\t+/g, ' ').trim().split('\n')).toEqual([
      'CapInh: 0000000000000000',
      'CapPrm: 00000000800405fb',
      'CapEff: 00000000800405fb',
      'CapBnd: 00000000800405fb',
      'CapAmb: 0000000000000000',
      'NoNewPrivs: 0',
      'Seccomp: 2',
    ]);
  });

  test('masked paths are empty, others of the kernel read-only', async () => {
    const out = await run(`
      cat /proc/kcore /proc/keys /proc/kallsyms /proc/kmsg /proc/timer_list /proc/interrupts 2>/dev/null | wc -c
      ls -A /sys/firmware /sys/kernel/security /proc/acpi /proc/scsi 2>/dev/null | grep -v : | grep -c .
      (: >> /proc/sys/vm/drop_caches) 2>&1
      (: >> /proc/sysrq-trigger) 2>&1
      (: >> /sys/kernel/profiling) 2>&1
      mkdir /sys/fs/cgroup/memory/x 2>&1; for f in /sys/fs/cgroup/*/; do [ -w $f ] && [ ! -L $f ] && touch $f/cgroup.procs 2>/dev/null && echo writable $f; done
      grep -E " /(proc/sys|sys|sys/fs/cgroup) " /proc/mounts | cut -d" " -f2,4 | cut -d, -f1`);
    const lines = out.trim().split('\n');
    expect(lines.slice(0, 2)).toEqual(['0', '0']);
    expect(
      lines.filter((line) => /Read-only file system/.test(line)).length,
    ).toBeGreaterThanOrEqual(3);
    expect(lines).toEqual(expect.arrayContaining(['/proc/sys ro', '/sys ro']));
    expect(out).not.toMatch(/writable/);
  });

  test('devices are the usual ones and no more can be made', async () => {
    const out = await run(
      'ls /dev | grep -v core; stat -c "%a %t:%T" /dev/null; mknod /tmp/x c 1 3 2>&1; mknod /dev/x b 254 0 2>&1; ls /tmp',
    );
    expect(out.trim().split('\n')).toEqual([
      ...['fd', 'full', 'mqueue', 'null', 'ptmx', 'pts', 'random', 'shm'],
      ...['stderr', 'stdin', 'stdout', 'tty', 'urandom', 'zero'],
      '666 1:3',
      'mknod: /tmp/x: Operation not permitted',
      'mknod: /dev/x: Operation not permitted',
    ]);
  });

  test('a device of the host stays closed even with CAP_MKNOD, one that was asked for is open', async () => {
    const script =
      'mknod /tmp/m c 10 229; (: < /tmp/m) 2>&1; rm /tmp/m; ls -l /dev/my | cut -c1,12-40; head -c 4 /dev/my | wc -c; (: > /dev/my) 2>&1';
    const out = await run(script, {
      ...security({ capAdd: ['MKNOD'] }),
      devices: [{ hostPath: '/dev/hwrng', containerPath: '/dev/my', permissions: 'r' }],
    });
    expect(out).toMatch(/can't open \/tmp\/m: Operation not permitted/);
    expect(out).toMatch(/can't create \/dev\/my: Operation not permitted/);
  });

  test('names, sizes and limits are what was asked for', async () => {
    const out = await run(
      'hostname; dnsdomainname 2>/dev/null; cat /proc/sys/kernel/domainname; df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2; ulimit -n; ulimit -Hn; grep "core file" /proc/self/limits | tr -s " "; cat /proc/self/oom_score_adj; cat /etc/hosts /etc/hostname /etc/resolv.conf; pwd; env | grep -vE "^(HOME|PWD|SHLVL)=" | sort',
      {
        hostname: 'box',
        domainname: 'example.org',
        ...resources({
          shmSize: 32n * 1024n * 1024n,
          ulimits: [
            { name: 'nofile', soft: 512n, hard: 4096n },
            { name: 'core', soft: -1n, hard: -1n },
          ],
          oomScoreAdj: 100,
        }),
      },
      { resolved: { workdir: '/srv/deep', env: ['A=b=c', 'PATH=/bin'] } },
    );
    expect(out.trim().split('\n')).toEqual([
      'box',
      'example.org',
      '32768',
      '512',
      '4096',
      'Max core file size unlimited unlimited bytes ',
      '100',
      'hosts',
      'hostname',
      'resolv.conf',
      '/srv/deep',
      'A=b=c',
      'HOSTNAME=box',
      'PATH=/bin',
    ]);
  });

  test('open files and shared memory have their defaults', async () => {
    const out = await run(
      'ulimit -n; df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2; grep -E " /dev(/shm|/mqueue|/pts)? " /proc/mounts | cut -d" " -f2,4',
    );
    const lines = out.trim().split('\n');
    expect(lines.slice(0, 2)).toEqual(['1024', '65536']);
    const options = (path: string) =>
      lines.find((line) => line.startsWith(`${path} `))?.split(/[ ,]/);
    expect(options('/dev')).toEqual(expect.arrayContaining(['nosuid', 'noexec', 'mode=755']));
    expect(options('/dev/shm')).toEqual(expect.arrayContaining(['nosuid', 'noexec', 'nodev']));
    expect(options('/dev/mqueue')).toEqual(expect.arrayContaining(['nosuid', 'noexec', 'nodev']));
    expect(options('/dev/pts')).toEqual(expect.arrayContaining(['nosuid', 'noexec', 'gid=5']));
  });

  test.runIf(isV1)('limits of the control groups are in the kernel', async () => {
    const v1 = `cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes memory/memory.soft_limit_in_bytes
      cat pids/pids.max cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpu/cpu.shares cpuset/cpuset.cpus cpuset/cpuset.mems; cut -d: -f3 /proc/self/cgroup | sort -u`;
    const MiB = 1024n * 1024n;
    const out = await run(
      v1,
      resources({
        memory: 64n * MiB,
        memoryReservation: 32n * MiB,
        pidsLimit: 55n,
        nanoCpus: 1_500_000_000n,
        cpuShares: 512n,
        cpusetCpus: '0',
        cpusetMems: '0',
      }),
    );
    expect(out.trim().split('\n').slice(0, 9)).toEqual([
      String(64n * MiB),
      String(128n * MiB),
      String(32n * MiB),
      '55',
      '150000',
      '100000',
      '512',
      '0',
      '0',
    ]);
    expect(out).toMatch(/^\/$/m);
    expect(await run('cat /sys/fs/cgroup/pids/pids.max')).toBe('2048\n');
    expect(await run('cat /sys/fs/cgroup/pids/pids.max', resources({ pidsLimit: -1n }))).toBe(
      'max\n',
    );
    const unlimited = resources({ memory: 64n * MiB, memorySwap: -1n });
    expect(await run('cat /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes', unlimited)).toMatch(
      /^9\d{18}\n/,
    );
  });

  test.runIf(!isV1)('limits of the unified control group are in the kernel', async () => {
    const MiB = 1024n * 1024n;
    const limits = resources({
      memory: 64n * MiB,
      pidsLimit: 55n,
      nanoCpus: 1_500_000_000n,
      cpusetCpus: '0',
    });
    const files = 'memory.max memory.swap.max pids.max cpu.max cpuset.cpus';
    const out = await run(`cd /sys/fs/cgroup; cat ${files}`, limits);
    const bytes = String(64n * MiB);
    expect(out.trim().split('\n')).toEqual([bytes, bytes, '55', '150000 100000', '0']);
    expect(await run('cat /sys/fs/cgroup/pids.max')).toBe('2048\n');
  });

  test('sysctls act inside; ping and low ports need no capability', async () => {
    const out = await run(
      'cat /proc/sys/net/ipv4/ping_group_range /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max; ifconfig lo 127.0.0.1 2>&1; ping -c1 -w1 127.0.0.1 2>&1 | head -1',
      {
        sysctls: { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '4096', 'fs.mqueue.msg_max': '20' },
      },
    );
    expect(out.split('\n').slice(0, 5)).toEqual(['0\t2147483647', '0', '1', '4096', '20']);
    expect(out).not.toMatch(/ping: permission denied/);
  });

  test('namespaces are its own', async () => {
    const out = await run(
      'for n in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$n; done; ls /sys/class/net; ps | wc -l; cat /proc/self/cgroup',
    );
    const fs = await import('node:fs');
    const own = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'].map((name) =>
      fs.readlinkSync(`/proc/self/ns/${name}`),
    );
    const lines = out.trim().split('\n');
    expect(lines.slice(0, 6).filter((line) => own.includes(line))).toEqual([]);
    expect(lines[6]).toBe('lo');
    expect(Number(lines[7])).toBeLessThan(6);
  });

  test('modes of the host leave namespaces shared', async () => {
    const fs = await import('node:fs');
    const namespaces = { network: 'host', pid: 'host', ipc: 'host', uts: 'host', cgroup: 'host' };
    const out = await run('for n in cgroup ipc net pid uts; do readlink /proc/self/ns/$n; done', {
      namespaces,
    });
    const own = ['cgroup', 'ipc', 'net', 'pid', 'uts'].map((name) =>
      fs.readlinkSync(`/proc/self/ns/${name}`),
    );
    expect(out.trim().split('\n')).toEqual(own);
  });

  test('a read-only root has its writable places', async () => {
    const out = await run(
      'touch /x 2>&1; touch /etc/hosts 2>&1; touch /dev/shm/x /dev/x /t/x && echo ok',
      {
        readOnlyRootfs: true,
        mounts: [{ ...mount, kind: 'tmpfs', target: '/t' }],
      },
    );
    expect(out).toMatch(/touch: \/x: Read-only file system\n.*hosts: Read-only file system\nok/);
  });

  test('binds and tmpfs are as asked for', async () => {
    const fs = await import('node:fs');
    const source = `${bed.directory}/source`;
    fs.mkdirSync(`${source}/sub`, { recursive: true });
    fs.writeFileSync(`${source}/file`, 'content');
    const out = await run(
      'cat /data/file /one/file.txt; (echo x > /data/new) 2>&1; echo y > /rw/new && cat /rw/new; stat -c %a /t; grep " /t " /proc/mounts; grep " /data " /proc/mounts | cut -d" " -f4 | cut -d, -f1; ls -d /created',
      {
        mounts: [
          { ...mount, source, target: '/data', readOnly: true },
          { ...mount, source: `${source}/file`, target: '/one/file.txt' },
          { ...mount, source: `${source}/sub`, target: '/rw/' },
          {
            ...mount,
            source: `${bed.directory}/made/by/us`,
            target: '/a/../created',
            createSource: true,
          },
          {
            ...mount,
            kind: 'tmpfs',
            target: '/t',
            tmpfsSize: 1048576n,
            tmpfsMode: 0o700,
            tmpfsOptions: ['exec', 'uid=5'],
          },
        ],
      },
    );
    expect(out).toMatch(/^contentcontent.*\/data\/new: Read-only file system\ny\n/s);
    const line = out
      .split('\n')
      .find((each) => each.includes('tmpfs /t'))
      ?.split(/[ ,]/);
    expect(line).toEqual(
      expect.arrayContaining(['nosuid', 'nodev', 'size=1024k', 'mode=700', 'uid=5']),
    );
    expect(line).not.toContain('noexec');
    expect(out).toMatch(/\nro\n\/created\n$/);
    expect(fs.existsSync(`${bed.directory}/made/by/us`)).toBe(true);
  });

  test('a read-only bind is so below, too', async () => {
    const { loadNative, MNT_DETACH, MS_BIND } = await import('@wharf/linux/native');
    const fs = await import('node:fs');
    const native = loadNative();
    const source = `${bed.directory}/outer`;
    fs.mkdirSync(`${source}/inner`, { recursive: true });
    native.mount(bed.directory, `${source}/inner`, null, MS_BIND, null);
    try {
      const out = await run('(touch /data/inner/x) 2>&1', {
        mounts: [{ ...mount, source, target: '/data', readOnly: true }],
      });
      expect(out).toMatch(/Read-only file system/);
    } finally {
      native.umount(`${source}/inner`, MNT_DETACH);
    }
  }, 20_000);

  test('privileged opens everything', async () => {
    const out = await run(
      'grep -E "^(CapEff|Seccomp:)" /proc/self/status; ls /dev/loop0 /dev/hwrng /dev/kmsg; (: < /dev/loop0) && echo open; wc -c < /proc/interrupts; mkdir -p /tmp/m && mount -t tmpfs x /tmp/m && echo mounted; g=/sys/fs/cgroup; [ -d $g/pids ] && g=$g/pids; mkdir $g/sub && rmdir $g/sub && echo made; mknod /tmp/n c 1 3 && rm /tmp/n && echo node',
      security({ privileged: true }),
    );
    expect(out).toMatch(/CapEff:\t[0-9a-f]*f{5,}\n/);
    expect(out).toMatch(/Seccomp:\t0/);
    expect(out).toMatch(/open\n[1-9]\d*\nmounted\n/);
    expect(out).toMatch(/made\nnode\n$/);
  });

  test('system paths, seccomp and no_new_privs change by themselves', async () => {
    const script = 'grep -E "^(NoNewPrivs|Seccomp:)" /proc/self/status; wc -c < /proc/interrupts';
    const out = await run(
      script,
      security({ noNewPrivileges: true, seccomp: 'unconfined', systemPathsUnconfined: true }),
    );
    expect(out).toMatch(/NoNewPrivs:\t1\nSeccomp:\t0\n[1-9]/);
  });

  test("a caller's profile is in force", async () => {
    const seccomp = JSON.stringify({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 }],
    });
    const out = await run('mkdir /tmp/denied 2>&1; true', security({ seccomp }));
    expect(out).toMatch(/No space left on device/);
  });

  test('the default profile stops what it should', async () => {
    const out = await run(
      'unshare -m true 2>&1; mount -t tmpfs x /tmp 2>&1; chroot / echo rooted; hostname new 2>&1; dmesg 2>&1 | head -1',
      {
        ...security({ capAdd: ['SYS_CHROOT'] }),
      },
    );
    expect(out).toMatch(/unshare.*Operation not permitted/);
    expect(out).toMatch(/mount.*(permitted|denied)/);
    expect(out).toMatch(/rooted/);
  });

  test('ipc none has no shared memory', async () => {
    expect(
      await run('ls -d /dev/shm 2>&1; true', { namespaces: { ...base.namespaces, ipc: 'none' } }),
    ).toMatch(/No such file/);
  });

  test.runIf(init !== undefined)('an init process runs before the command', async () => {
    const defaults = { initPath: init ?? '' };
    const out = await run('tr "\\0" " " < /proc/1/cmdline; ps', { init: true }, { defaults });
    expect(out).toMatch(/^\/dev\/init -- sh -c /);
  });
});

const mount: ContainerSpec['mounts'][number] = {
  kind: 'bind',
  source: '',
  target: '',
  readOnly: false,
  createSource: false,
  nonRecursive: false,
  tmpfsSize: 0n,
  tmpfsMode: 0,
  tmpfsOptions: [],
};
