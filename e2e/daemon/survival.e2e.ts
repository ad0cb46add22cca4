import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { NotFoundError } from '@wharf/core';
import { run } from '@wharf/testing';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, inspect } = engine;
const within = { timeout: 10_000 };
const sleeper = ['busybox', 'sleep', '600'];

/** The parent of a container's first process. */
async function shimOf(id: string): Promise<number> {
  const pid = await inspect(id, '{{.State.Pid}}');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const parent = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]);
  // kill(2) would take 0 for all of us.
  if (parent > 1) return parent;
  throw new NotFoundError('shim', id);
}

async function crash(): Promise<void> {
  await engine.daemon.kill9();
}

const back = (): Promise<void> => engine.daemon.start();

test('SIGKILL of the daemon leaves containers running, and the next daemon knows them', async () => {
  const id = await engine.container(['--name', 'survivor', ...sleeper]);
  const before = await inspect(id, '{{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}');
  await crash();
  process.kill(Number(before.split(' ')[0]), 0);
  await back();
  expect(await inspect(id, '{{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}')).toBe(before);
  expect(await ok(['exec', id, 'echo', 'alive'])).toBe('alive');
  await ok(['stop', '-t', '0', id]);
  expect(await inspect(id, '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 137');
});

test('SIGTERM of the daemon leaves containers running', async () => {
  const id = await engine.container(sleeper);
  const pid = await inspect(id, '{{.State.Pid}}');
  await engine.daemon.restart();
  expect(await inspect(id, '{{.State.Pid}} {{.State.Status}}')).toBe(`${pid} running`);
});

test('logs are gapless across ten deaths of the daemon', async () => {
  const script = 'i=0; while :; do i=$((i + 1)); echo $i; usleep 5000; done';
  const id = await engine.container(['busybox', 'sh', '-c', script]);
  for (let death = 0; death < 10; death++) {
    await sleep(Math.random() * 100);
    await crash();
    await sleep(Math.random() * 100);
    await back();
  }
  await ok(['kill', id]);
  const lines = (await ok(['logs', id])).split('\n');
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.every((line, i) => line === String(i + 1))).toBe(true);
}, 60_000);

test('an end while the daemon is dead is recorded with its code and time', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', 'sleep 0.5; echo last; exit 42']);
  const pid = Number(await inspect(id, '{{.State.Pid}}'));
  await crash();
  await expect.poll(() => isAlive(pid), within).toBe(false);
  const end = Date.now();
  await sleep(300);
  await back();
  expect(await inspect(id, '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 42');
  const finished = Date.parse(await inspect(id, '{{.State.FinishedAt}}'));
  expect(Math.abs(finished - end)).toBeLessThan(1000);
  expect(await ok(['logs', id])).toBe('last');
  expect(
    await engine.events([`container=${id}`, 'event=die'], '{{.Actor.Attributes.exitCode}}'),
  ).toEqual(['42']);
});

/** A zombie that its parent has not collected is dead. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('a container with --rm that ends while the daemon is dead is gone afterwards', async () => {
  const id = await ok(['run', '-d', '--rm', '--network', 'none', 'busybox', 'sleep', '0.5']);
  const pid = Number(await inspect(id, '{{.State.Pid}}'));
  await crash();
  await expect.poll(() => isAlive(pid), within).toBe(false);
  await back();
  await expect.poll(() => ok(['ps', '-aq', '--no-trunc']), within).not.toContain(id);
});

test('restart policies act while the daemon is dead', async () => {
  const script = 'echo run; sleep 0.2; exit 1';
  const id = await engine.container(['--restart', 'on-failure:2', 'busybox', 'sh', '-c', script]);
  await crash();
  await sleep(2500);
  await back();
  await expect
    .poll(() => inspect(id, '{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}'), within)
    .toBe('exited 2 1');
  expect(await ok(['logs', id])).toBe('run\nrun\nrun');
});

test('health is probed while the daemon is dead', async () => {
  const flags = [
    '--health-cmd',
    'test -f /ok',
    '--health-interval',
    '200ms',
    '--health-retries',
    '1',
  ];
  const script = 'sleep 1; touch /ok; sleep 600';
  const id = await engine.container([...flags, 'busybox', 'sh', '-c', script]);
  await crash();
  await sleep(2000);
  await back();
  expect(await inspect(id, '{{.State.Health.Status}}')).toBe('healthy');
});

test('a paused container stays paused', async () => {
  const id = await engine.container(sleeper);
  await ok(['pause', id]);
  await crash();
  await back();
  expect(await inspect(id, '{{.State.Status}}')).toBe('paused');
  await ok(['unpause', id]);
  expect(await ok(['exec', id, 'echo', 'on'])).toBe('on');
});

test('input and terminals can be attached to again', async () => {
  const id = await engine.container([
    '-i',
    'busybox',
    'sh',
    '-c',
    'while read l; do echo got $l; done',
  ]);
  await using first = engine.start(['attach', id]);
  first.write('a\n');
  await first.until('got a');
  await crash();
  expect(await first.ended()).not.toBe(0);
  expect(first.stderr).not.toBe('');
  await back();
  await using second = engine.start(['attach', id]);
  second.write('b\n');
  await second.until('got b');
  expect(await ok(['logs', id])).toBe('got a\ngot b');
});

test('a client in the foreground says that the daemon went, and the container runs on', async () => {
  const args = ['run', '--name', 'foreground', '--network', 'none', 'busybox', 'sh', '-c'];
  await using session = engine.start([...args, 'echo ready; sleep 600']);
  await session.until('ready');
  await crash();
  expect(await session.ended()).not.toBe(0);
  expect(session.stderr).not.toBe('');
  await back();
  expect(await inspect('foreground', '{{.State.Running}}')).toBe('true');
  await ok(['rm', '-f', 'foreground']);
});

test('the death of a shim ends its container with a truthful record', async () => {
  const id = await engine.container(sleeper);
  const pid = Number(await inspect(id, '{{.State.Pid}}'));
  process.kill(await shimOf(id), 'SIGKILL');
  await expect.poll(() => inspect(id, '{{.State.Status}}'), within).toBe('exited');
  expect(await inspect(id, '{{.State.ExitCode}} {{.State.Error}}')).toMatch(/^137 .*shim/);
  await expect.poll(() => isAlive(pid), within).toBe(false);
  await ok(['start', id]);
  expect(await inspect(id, '{{.State.Status}}')).toBe('running');
});

test('the death of a shim while the daemon is dead is found out by the next one', async () => {
  const id = await engine.container(sleeper);
  const pid = Number(await inspect(id, '{{.State.Pid}}'));
  const shim = await shimOf(id);
  await crash();
  process.kill(shim, 'SIGKILL');
  await back();
  await expect
    .poll(() => inspect(id, '{{.State.Status}} {{.State.ExitCode}}'), within)
    .toBe('exited 137');
  expect(isAlive(pid)).toBe(false);
});

test('a container under always comes back after the death of its shim', async () => {
  const id = await engine.container(['--restart', 'always', ...sleeper]);
  const pid = await inspect(id, '{{.State.Pid}}');
  process.kill(await shimOf(id), 'SIGKILL');
  await expect
    .poll(() => inspect(id, '{{.State.Status}} {{.State.Pid}}'), within)
    .toMatch(/^running [1-9]/);
  await expect.poll(() => inspect(id, '{{.State.Pid}}'), within).not.toBe(pid);
});

test('a process of a container killed from the host gives 137', async () => {
  const id = await engine.container(sleeper);
  process.kill(Number(await inspect(id, '{{.State.Pid}}')), 'SIGKILL');
  expect(await ok(['wait', id])).toBe('137');
});

test('a shim that stands still is not declared dead', async () => {
  const id = await engine.container(sleeper);
  const other = await engine.container(sleeper);
  const pid = Number(await inspect(id, '{{.State.Pid}}'));
  const shim = await shimOf(id);
  await crash();
  process.kill(shim, 'SIGSTOP');
  try {
    await back();
    expect(await inspect(id, '{{.State.Status}}')).toBe('running');
    expect(await ok(['exec', other, 'echo', 'served'])).toBe('served');
    await sleep(3000);
    expect(await inspect(id, '{{.State.Status}}')).toBe('running');
    expect(isAlive(pid)).toBe(true);
  } finally {
    process.kill(shim, 'SIGCONT');
  }
  await expect
    .poll(() => engine.cli(['exec', id, 'echo', 'again']).then(({ stdout }) => stdout), {
      timeout: 20_000,
    })
    .toBe('again\n');
});

test('shims hold no descriptor of the daemon', async () => {
  const id = await engine.container(sleeper);
  const shim = await shimOf(id);
  const { stdout } = await run('ls', ['-l', `/proc/${shim}/fd`]);
  expect(stdout).not.toMatch(/wharfd\.lock|state\.db|wharf\.sock/);
});

test('containers outlive several daemons of several kinds of end', async () => {
  const ids = await Promise.all([1, 2, 3, 4, 5].map(() => engine.container(sleeper)));
  for (const end of ['kill', 'term', 'kill', 'term']) {
    await (end === 'kill' ? crash() : engine.daemon.stop());
    await back();
  }
  const running = (await ok(['ps', '-q', '--no-trunc'])).split('\n');
  for (const id of ids) expect(running).toContain(id);
});
