import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { FailedPreconditionError } from '@wharf/core';
import { useEngine } from '../support.js';
import { identify, isAlive, running, type Identity } from './kernel.js';

const engine = useEngine();
const { ok, cli, inspect } = engine;
const within = { timeout: 20_000 };
const sleeper = ['busybox', 'sleep', '600'];

async function identityOf(id: string): Promise<Identity> {
  const found = await identify(Number(await inspect(id, '{{.State.Pid}}')));
  if (found === undefined) throw new FailedPreconditionError(`container ${id} does not run`);
  return found;
}

async function shimOf(id: string): Promise<number> {
  const pid = (await running(engine.daemon)).shims.get(id);
  if (pid === undefined) throw new FailedPreconditionError(`container ${id} has no shim`);
  return pid;
}

const ending = (id: string): Promise<string> =>
  inspect(id, '{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}} {{.State.Error}}');

const byShim = /^exited 137 0 .*shim/;

/** Nothing of these containers runs. */
async function gone(...ids: readonly string[]): Promise<void> {
  const left = async (): Promise<string[]> => {
    const { shims, processes } = await running(engine.daemon);
    return [...shims.keys(), ...processes.keys()].filter((id) => ids.includes(id));
  };
  await expect.poll(left, within).toEqual([]);
}

test('a shim that is killed takes its container and its execs along, and a waiter is told', async () => {
  const id = await engine.container(sleeper);
  const first = await identityOf(id);
  await using exec = engine.start(['exec', id, 'sleep', '700']);
  await expect.poll(() => ok(['top', id]), within).toContain('sleep 700');
  await using waiter = engine.start(['wait', id]);
  await sleep(200);
  process.kill(await shimOf(id), 'SIGKILL');
  expect(await waiter.ended()).toBe(0);
  expect(waiter.stdout).toBe('137\n');
  expect(await exec.ended()).not.toBe(0);
  expect(await ending(id)).toMatch(byShim);
  // The kernel keeps the first process of a pid namespace until somebody has collected the others.
  await expect.poll(() => isAlive(first), within).toBe(false);
  await gone(id);
  expect(
    await engine.events([`container=${id}`, 'event=die'], '{{.Actor.Attributes.exitCode}}'),
  ).toEqual(['137']);
  await ok(['start', id]);
  expect(await ok(['exec', id, 'echo', 'again'])).toBe('again');
});

test('logs written before the death of a shim are kept', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', 'echo one; echo two; sleep 600']);
  await expect.poll(() => ok(['logs', id]), within).toBe('one\ntwo');
  process.kill(await shimOf(id), 'SIGKILL');
  await expect.poll(() => ending(id), within).toMatch(byShim);
  expect(await ok(['logs', id])).toBe('one\ntwo');
});

test('the shim of a paused container is killed: the container ends all the same', async () => {
  const id = await engine.container(sleeper);
  const first = await identityOf(id);
  await ok(['pause', id]);
  process.kill(await shimOf(id), 'SIGKILL');
  await expect.poll(() => ending(id), within).toMatch(byShim);
  expect(await isAlive(first)).toBe(false);
  await gone(id);
});

test('the daemon and every shim killed at once: all is cleaned, records are truthful', async () => {
  const plain = await engine.container(sleeper);
  const always = await engine.container(['--restart', 'always', ...sleeper]);
  const paused = await engine.container(sleeper);
  const waits = await engine.created(sleeper);
  const once = await ok(['run', '-d', '--rm', '--network', 'none', ...sleeper]);
  await ok(['pause', paused]);
  const before = await Promise.all([plain, always, paused, once].map(identityOf));
  const { shims } = await running(engine.daemon);
  await engine.daemon.kill9();
  for (const pid of shims.values()) if (await identify(pid)) process.kill(pid, 'SIGKILL');
  await engine.daemon.start();
  await expect.poll(() => ending(plain), within).toMatch(byShim);
  await expect.poll(() => ending(paused), within).toMatch(byShim);
  await expect.poll(() => inspect(always, '{{.State.Status}}'), within).toBe('running');
  expect(await inspect(waits, '{{.State.Status}}')).toBe('created');
  await expect.poll(() => cli(['inspect', once]).then(({ code }) => code), within).toBe(1);
  expect(await Promise.all(before.map(isAlive))).toEqual([false, false, false, false]);
  await gone(plain, paused, once);
});

test('a first process killed from the host while the daemon is dead gives 137', async () => {
  const id = await engine.container(sleeper);
  const first = await identityOf(id);
  await engine.daemon.kill9();
  process.kill(first.pid, 'SIGKILL');
  await expect.poll(() => isAlive(first), within).toBe(false);
  await engine.daemon.start();
  expect(await ending(id)).toBe('exited 137 0 ');
  await gone(id);
});

test('a shim that stands still is adopted when it goes on, with what happened meanwhile', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', 'sleep 1; exit 7']);
  const shim = await shimOf(id);
  await engine.daemon.kill9();
  process.kill(shim, 'SIGSTOP');
  try {
    await engine.daemon.start();
    expect(await inspect(id, '{{.State.Status}}')).toBe('running');
    await sleep(2000);
    expect(await inspect(id, '{{.State.Status}}')).toBe('running');
  } finally {
    process.kill(shim, 'SIGCONT');
  }
  await expect.poll(() => ending(id), within).toBe('exited 7 0 ');
  await gone(id);
});

test('calls to a shim that stands still hold up no other container', async () => {
  const id = await engine.container(sleeper);
  const other = await engine.container(sleeper);
  const shim = await shimOf(id);
  process.kill(shim, 'SIGSTOP');
  try {
    await using exec = engine.start(['exec', id, 'true']);
    await using stop = engine.start(['stop', '-t', '0', id]);
    expect(await ok(['exec', other, 'echo', 'served'])).toBe('served');
    expect(await ok(['ps', '-q', '--no-trunc'])).toContain(id);
    await ok(['logs', id]);
    expect([exec.running, stop.running]).toEqual([true, true]);
    process.kill(shim, 'SIGCONT');
    expect(await stop.ended()).toBe(0);
    await exec.ended();
  } finally {
    if ((await identify(shim)) !== undefined) process.kill(shim, 'SIGCONT');
  }
  expect(await ending(id)).toBe('exited 137 0 ');
});
