import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { leaks, program, run, startDaemon, type TestDaemon } from '@wharf/testing';
import { isAlive, identify, running } from './kernel.js';
import { unhurried } from '../support/patience.js';

const sleeper = ['--network', 'none', 'busybox', 'sleep', '600'];
const within = { timeout: 20_000 };

async function started(): Promise<TestDaemon> {
  const daemon = await startDaemon();
  await ok(daemon, ['image', 'bootstrap', 'busybox']);
  return daemon;
}

async function ok(daemon: TestDaemon, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.wharf(args);
  expect(`${code} ${stderr}`, args.join(' ')).toMatch(/^0 /);
  return stdout.trimEnd();
}

async function identityOf(daemon: TestDaemon, name: string) {
  const found = await identify(Number(await ok(daemon, ['inspect', '-f', '{{.State.Pid}}', name])));
  expect(found).toBeDefined();
  return found ?? { pid: 0, startTicks: '' };
}

const state = (daemon: TestDaemon): string => join(daemon.dataRoot, 'state.db');

async function removeLogs(daemon: TestDaemon): Promise<void> {
  await rm(`${state(daemon)}-wal`, { force: true });
  await rm(`${state(daemon)}-shm`, { force: true });
}

test.each([
  ['is garbage', (path: string) => writeFile(path, 'this was a database once\n'.repeat(1000))],
  ['is cut off', (path: string) => truncate(path, 10_000)],
  [
    'has a damaged page',
    async (path: string) => {
      const bytes = await readFile(path);
      bytes.fill(0xa5, 4096, 3 * 4096);
      await writeFile(path, bytes);
    },
  ],
])('a state database that %s is refused by name, and containers run on', async (_, damage) => {
  await using daemon = await started();
  await ok(daemon, ['run', '-d', '--name', 'one', ...sleeper]);
  const before = await identityOf(daemon, 'one');
  await daemon.stop();
  await copyFile(state(daemon), join(daemon.root, 'kept'));
  await removeLogs(daemon);
  await damage(state(daemon));
  await expect(daemon.start()).rejects.toThrow(
    new RegExp(`wharfd: state database ${state(daemon)} .*(damaged|backup)`),
  );
  expect(await isAlive(before)).toBe(true);
  await copyFile(join(daemon.root, 'kept'), state(daemon));
  await daemon.start();
  expect(await identityOf(daemon, 'one')).toEqual(before);
  await daemon.assertNoLeaks();
});

test('a state database that was moved away costs no data and no running container', async () => {
  await using daemon = await started();
  await ok(daemon, ['run', '-d', '--name', 'one', ...sleeper]);
  await ok(daemon, ['exec', 'one', 'touch', '/mine']);
  const before = await identityOf(daemon, 'one');
  await daemon.stop();
  await copyFile(state(daemon), join(daemon.root, 'kept'));
  await rm(state(daemon));
  await removeLogs(daemon);
  await daemon.start();
  expect(await ok(daemon, ['ps', '-aq'])).toBe('');
  expect(await isAlive(before)).toBe(true);
  // What is removed at a start is removed a moment after it.
  await sleep(1500);
  expect(await ok(daemon, ['info'])).toMatch(/1 layers and \d blobs are of another state.db/);
  await ok(daemon, ['image', 'bootstrap', 'busybox']);
  await daemon.restart();
  await ok(daemon, ['rmi', 'busybox']);
  await sleep(1500);
  await daemon.stop();
  await removeLogs(daemon);
  await copyFile(join(daemon.root, 'kept'), state(daemon));
  await daemon.start();
  expect(await ok(daemon, ['exec', 'one', 'ls', '/mine'])).toBe('/mine');
  await ok(daemon, ['image', 'verify', 'busybox']);
  await daemon.assertNoLeaks();
});

test('a daemon that is stopped brings to the disk what builds have made', async () => {
  await using daemon = await started();
  const stdin = 'FROM busybox\nRUN echo made >/made\n';
  const build = ['build', '-o', `type=local,dest=${join(daemon.root, 'out')}`, '-'];
  expect(await daemon.wharf(build, { stdin })).toMatchObject({ code: 0 });
  expect(unsynced(daemon)).toBe(1);
  await daemon.stop();
  expect(unsynced(daemon)).toBe(0);
  await daemon.assertNoLeaks();
});

/** Layers that nobody has waited for. */
function unsynced(daemon: TestDaemon): number {
  using db = new DatabaseSync(state(daemon), { readOnly: true });
  const count = 'SELECT COUNT(*) AS n FROM layers WHERE unsynced_boot IS NOT NULL';
  return Number(db.prepare(count).get()?.['n']);
}

test('a damaged record is quarantined and shown, the others are served', async () => {
  await using daemon = await started();
  await ok(daemon, ['run', '-d', '--name', 'good', ...sleeper]);
  await ok(daemon, ['run', '-d', '--name', 'torn', ...sleeper]);
  await ok(daemon, ['create', '--name', 'empty', ...sleeper]);
  const torn = await identityOf(daemon, 'torn');
  await daemon.stop();
  const kept = spoil(daemon, 'torn', '{"state":{"sta');
  spoil(daemon, 'empty', '{}');
  await daemon.start();
  expect(await ok(daemon, ['exec', 'good', 'echo', 'served'])).toBe('served');
  expect((await ok(daemon, ['ps', '-a', '--format', '{{.Names}}'])).split('\n')).toEqual(['good']);
  const info = await ok(daemon, ['info']);
  expect(info).toMatch(/torn.*quarantined/);
  expect(info).toMatch(/empty.*quarantined/);
  expect(await isAlive(torn)).toBe(true);
  // Its name is not free: the record may be repaired.
  expect(await daemon.wharf(['create', '--name', 'torn', ...sleeper])).not.toMatchObject({
    code: 0,
  });
  await daemon.stop();
  spoil(daemon, 'torn', kept);
  spoil(daemon, 'empty', '', true);
  await daemon.start();
  expect(await identityOf(daemon, 'torn')).toEqual(torn);
  await ok(daemon, ['rm', '-f', 'good', 'torn']);
});

/** Writes the moving part of a record, or removes the record; gives what was there. */
function spoil(daemon: TestDaemon, name: string, text: string, remove = false): string {
  const db = new DatabaseSync(state(daemon));
  try {
    const row = db.prepare('SELECT state FROM containers WHERE name = ?').get(name);
    if (remove) db.prepare('DELETE FROM containers WHERE name = ?').run(name);
    else db.prepare('UPDATE containers SET state = ? WHERE name = ?').run(text, name);
    return String(row?.['state']);
  } finally {
    db.close();
  }
}

test('an exec root that was wiped while the daemon was down is made again', async () => {
  await using daemon = await started();
  await ok(daemon, ['run', '-d', '--name', 'runs', ...sleeper]);
  await ok(daemon, ['create', '--name', 'waits', ...sleeper]);
  await daemon.stop();
  await rm(daemon.execRoot, { recursive: true, force: true });
  await daemon.start();
  await ok(daemon, ['start', 'waits']);
  expect(await ok(daemon, ['exec', 'waits', 'echo', 'served'])).toBe('served');
  // Its shim lives and cannot be reached: it is said, and it is not declared dead.
  const { code } = await daemon.wharf(['exec', 'runs', 'true'], { timeout: 20_000 });
  expect(await ok(daemon, ['inspect', '-f', '{{.State.Status}}', 'runs'])).toBe('running');
  expect(code).not.toBe(0);
  const { shims } = await running(daemon);
  for (const pid of shims.values()) process.kill(pid, 'SIGKILL');
  await expect
    .poll(() => ok(daemon, ['inspect', '-f', '{{.State.Status}}', 'runs']), within)
    .toBe('exited');
  await daemon.assertNoLeaks();
});

test('a second daemon on the same root is refused within a second, naming the holder', async () => {
  await using daemon = await startDaemon();
  const begin = performance.now();
  const flags = ['--data-root', daemon.dataRoot, '--exec-root', daemon.execRoot];
  const second = await run(program('wharfd'), [...flags, '-H', `unix://${daemon.root}/two.sock`]);
  expect(performance.now() - begin).toBeLessThan(unhurried(1000));
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(`pid ${daemon.pid}`);
  expect(second.stderr).toContain(daemon.dataRoot);
});

test('a full disk stops no container; create says why it fails, and room mends it', async () => {
  await using daemon = await startDaemon();
  await daemon.stop();
  const small = join(daemon.root, 'small');
  await mkdir(small);
  expect((await run('mount', ['-t', 'tmpfs', '-o', 'size=192m', 'small', small])).code).toBe(0);
  const flags = ['--data-root', small];
  await daemon.start(flags);
  await ok(daemon, ['image', 'bootstrap', 'busybox']);
  const script = 'i=0; while :; do i=$((i + 1)); echo $i; usleep 1000; done';
  await ok(daemon, [
    'run',
    '-d',
    '--name',
    'talks',
    '--network',
    'none',
    'busybox',
    'sh',
    '-c',
    script,
  ]);
  const before = await identityOf(daemon, 'talks');
  const filler = join(small, 'filler');
  await run('sh', ['-c', `cat /dev/zero > ${filler}`]);
  const { code, stderr } = await daemon.wharf(['create', ...sleeper]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/no space left|disk is full/i);
  expect((await daemon.wharf(['run', '-d', ...sleeper])).stderr).toMatch(
    /no space left|disk is full/i,
  );
  expect(await isAlive(before)).toBe(true);
  expect(await ok(daemon, ['inspect', '-f', '{{.State.Status}}', 'talks'])).toBe('running');
  await rm(filler);
  const log = async (): Promise<string> => ok(daemon, ['logs', '--tail', '1', 'talks']);
  const last = await log();
  await expect.poll(log, within).not.toBe(last);
  await ok(daemon, ['run', '--rm', '--network', 'none', 'busybox', 'true']);
  await daemon.kill9();
  await daemon.start(flags);
  expect(await identityOf(daemon, 'talks')).toEqual(before);
  await ok(daemon, ['rm', '-f', ...(await ok(daemon, ['ps', '-aq'])).split('\n')]);
  await daemon.stop();
  expect((await run('umount', [small])).code).toBe(0);
  await leaks(daemon.scope);
});

/** Fails system calls of the daemon, as strace(1) --inject says; ends when disposed of. */
async function failing(daemon: TestDaemon, injection: string): Promise<AsyncDisposable> {
  const calls = injection.split(':')[0] ?? '';
  const args = ['-f', '-q', '-e', `trace=${calls}`, '-e', `inject=${injection}`];
  const strace = spawn('strace', [...args, '-o', '/dev/null', '-p', String(daemon.pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  strace.stderr.resume();
  const tracer = async (): Promise<string> => {
    const status = await readFile(`/proc/${daemon.pid}/status`, 'utf8');
    return /^TracerPid:\t(\d+)/m.exec(status)?.[1] ?? '0';
  };
  await expect.poll(tracer, within).not.toBe('0');
  return {
    async [Symbol.asyncDispose]() {
      const ended = once(strace, 'exit');
      strace.kill('SIGINT');
      await ended;
    },
  };
}

test.each([
  'fsync,fdatasync:error=EIO:when=1',
  'fsync,fdatasync:error=EIO:when=2',
  'fsync,fdatasync:error=EIO:when=1+',
  'fsync,fdatasync:error=ENOSPC:when=1+',
  'pwrite64:error=ENOSPC:when=1',
  'pwrite64:error=ENOSPC:when=1+',
  'pwrite64:error=EIO:when=3+',
  'mkdir,mkdirat:error=ENOSPC:when=1+',
  'mkdir,mkdirat:error=EMFILE:when=3',
])(
  'calls of the kernel that fail (%s) give an error and a daemon that goes on',
  async (fault) => {
    await using daemon = await started();
    await ok(daemon, ['run', '-d', '--name', 'by', ...sleeper]);
    const bystander = await identityOf(daemon, 'by');
    const pid = daemon.pid;
    await ok(daemon, ['create', '--name', 'before', ...sleeper]);
    const answers = [];
    {
      await using _ = await failing(daemon, fault);
      for (const args of [
        ['create', '--name', 'new', ...sleeper],
        ['start', 'before'],
        ['run', '-d', '--name', 'other', ...sleeper],
        ['rm', '-f', 'before'],
      ])
        answers.push({ args, ...(await daemon.wharf(args, { timeout: 30_000 })) });
    }
    expect(answers.filter(({ code }) => code !== 0).length).toBeGreaterThan(0);
    for (const { code, stderr } of answers) if (code !== 0) expect(stderr).not.toBe('');
    expect(daemon.pid).toBe(pid);
    expect(await isAlive(bystander)).toBe(true);
    const names = async (): Promise<string[]> =>
      (await ok(daemon, ['ps', '-a', '--format', '{{.Names}}'])).split('\n').sort();
    const known = await names();
    await ok(daemon, ['run', '--rm', '--network', 'none', 'busybox', 'true']);
    await daemon.kill9();
    await daemon.start();
    expect(await names()).toEqual(known);
    expect(await identityOf(daemon, 'by')).toEqual(bystander);
    for (const { args, code } of answers) {
      const name = args[args.indexOf('--name') + 1] ?? '';
      if (code === 0 && args.includes('--name')) expect(known).toContain(name);
    }
    await daemon.assertNoLeaks();
  },
  90_000,
);
