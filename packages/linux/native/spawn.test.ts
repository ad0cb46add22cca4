import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildAndLoad, ended, inOwnProcess, temporaryFolder } from './fixture.js';
import type { SpawnDetachedOptions } from './types.js';

const native = buildAndLoad();
const env = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'ODD=a=b c'];

/** What `script` prints as a detached child. */
async function shell(script: string, more: Partial<SpawnDetachedOptions> = {}): Promise<string> {
  using dir = temporaryFolder();
  const file = join(dir.path, 'out');
  const out = fs.openSync(file, 'w');
  const options = { file: '/bin/sh', argv: ['sh', '-c', script], env, cwd: '/' };
  const pid = native.spawnDetached({ ...options, stdio: [undefined, out, out], ...more });
  fs.closeSync(out);
  await ended(native, pid);
  return fs.readFileSync(file, 'utf8');
}

test('the child gets exactly its arguments, environment and folder', async () => {
  const script = 'printf "%s\\n" "$0" "$@"; tr "\\0" "\\n" < /proc/$$/environ; pwd';
  const argv = ['zero', '-c', script, 'one', 'two words', ''];
  const lines = ['one', 'two words', '', ...env, '/usr/bin', ''];
  expect(await shell('', { cwd: '/usr/bin', argv })).toBe(lines.join('\n'));
});

test('the child is a session leader', async () => {
  const [pid, session] = (await shell('echo $$; cut -d" " -f6 /proc/$$/stat')).trim().split('\n');
  expect(session).toBe(pid);
});

test('no signal is blocked, ignored or caught in the child', async () => {
  const status = await shell('exec grep -E "Sig(Blk|Ign)" /proc/self/status');
  expect(status.match(/\t0{16}/g)).toHaveLength(2);
});

test('stdin is /dev/null unless given, and our own descriptors stay closed', async () => {
  using dir = temporaryFolder();
  const opened = fs.openSync(dir.path, 'r');
  const count = 'i=3; while [ $i -lt 80 ]; do [ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done';
  expect(await shell(`readlink /proc/$$/fd/0; ${count}`)).toBe('/dev/null\n');
  fs.closeSync(opened);
});

test('stdio may name its own targets in any order', async () => {
  using dir = temporaryFolder();
  const seen = inOwnProcess(dir.path, async ({ native, fs, dir }) => {
    const wait = async (pid: number): Promise<void> => {
      while (native.waitpid(pid) === null) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    // Ours 1 and 2 are a pipe and the terminal or log of the tests: the child gets them swapped.
    const links = (...fds: number[]): string[] =>
      fds.map((fd) => fs.readlinkSync(`/proc/self/fd/${fd}`));
    const script = `for i in 0 1 2; do l="$l $(readlink /proc/$$/fd/$i)"; done; echo $l > ${dir}/out`;
    const options = { file: '/bin/sh', env: ['PATH=/usr/bin:/bin'], cwd: '/' };
    await wait(native.spawnDetached({ ...options, argv: ['sh', '-c', script], stdio: [2, 0, 1] }));
    return [links(2, 0, 1), fs.readFileSync(`${dir}/out`, 'utf8').trim().split(' ')];
  });
  expect(seen[1]).toEqual(seen[0]);
});

test('a mount namespace of its own is a slave, and the unmounts stay in it', async () => {
  const path = '/dev/shm';
  const before = fs.readFileSync('/proc/self/mountinfo', 'utf8');
  const script = 'readlink /proc/self/ns/mnt; cat /proc/self/mountinfo';
  const options = { newMountNamespace: true, unmount: [path, path, '/missing'] };
  const [namespace, ...mounts] = (await shell(script, options)).trim().split('\n');
  expect(namespace).not.toBe(fs.readlinkSync('/proc/self/ns/mnt'));
  expect(mounts.filter((line) => line.includes(` ${path} `))).toEqual([]);
  expect(mounts.filter((line) => line.includes(' shared:'))).toEqual([]);
  expect(fs.readFileSync('/proc/self/mountinfo', 'utf8')).toBe(before);
});

test('the child joins its cgroups and sets its own oom score, not ours', async () => {
  using dir = temporaryFolder();
  const procs = join(dir.path, 'cgroup.procs');
  fs.writeFileSync(procs, '');
  const before = fs.readFileSync('/proc/self/oom_score_adj', 'utf8');
  const options = { cgroupProcs: [procs, '/missing/cgroup.procs'], oomScoreAdj: 321 };
  expect(await shell('cat /proc/self/oom_score_adj', options)).toBe('321\n');
  expect(fs.readFileSync(procs, 'utf8')).toBe('0');
  expect(fs.readFileSync('/proc/self/oom_score_adj', 'utf8')).toBe(before);
});

test('what goes wrong before exec is thrown, and leaves no zombie', () => {
  const options = { file: '/bin/true', argv: ['true'], env: [], cwd: '/' };
  const spawn = (more: Partial<SpawnDetachedOptions>): number =>
    native.spawnDetached({ ...options, ...more });
  const failure = (code: string, syscall: string): unknown =>
    expect.objectContaining({ code, syscall });
  expect(() => spawn({ file: '/missing' })).toThrow(failure('ENOENT', 'execve'));
  expect(() => spawn({ file: '/etc/passwd' })).toThrow(failure('EACCES', 'execve'));
  expect(() => spawn({ cwd: '/missing' })).toThrow(failure('ENOENT', 'chdir'));
  expect(() => spawn({ stdio: [undefined, 1_000_000] })).toThrow(failure('EBADF', 'dup'));
  expect(() => spawn({ argv: [] })).toThrow(failure('EINVAL', 'spawnDetached'));
  expect(() => spawn({ env: ['A=\0'] })).toThrow(failure('EINVAL', 'argument'));
  const children = fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
  const states = children
    .trim()
    .split(' ')
    .filter((pid) => pid !== '')
    .map((pid) => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) (.).*/s, '$1'));
  expect(states).not.toContain('Z');
});

test('spawning leaves neither descriptors nor mappings behind', async () => {
  const count = (): number[] => [
    fs.readdirSync('/proc/self/fd').length,
    fs.readFileSync('/proc/self/maps', 'utf8').split('\n').length,
  ];
  const options = { file: '/bin/true', argv: ['true'], env: [], cwd: '/' };
  const round = async (): Promise<void> => {
    const pids = Array.from({ length: 50 }, () => native.spawnDetached(options));
    for (let i = 0; i < 50; i++) {
      expect(() => native.spawnDetached({ ...options, file: '/missing' })).toThrow('ENOENT');
    }
    for (const pid of pids) expect((await ended(native, pid)).code).toBe(0);
  };
  await round();
  const [fds = 0, maps = 0] = count();
  await round();
  const [fdsAfter = 0, mapsAfter = 0] = count();
  expect(fdsAfter).toBe(fds);
  expect(Math.abs(mapsAfter - maps)).toBeLessThan(40);
});
