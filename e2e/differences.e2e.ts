import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { useEngine } from './support.js';

/** Each test holds one line of docs/differences.md; what both engines do alike is in the shared files. */
const engine = useEngine();
const { ok, run, cli, refused, inspect } = engine;

test('output that is no text comes back from the log byte by byte', async () => {
  const id = await engine.container(['busybox', 'printf', String.raw`\377\376\000`]);
  await ok(['wait', id]);
  expect([...(await cli(['logs', id])).stdoutBytes]).toEqual([255, 254, 0]);
});

test('the cgroups of a container are a namespace of its own, also of version 1', async () => {
  const { stdout } = await run(['busybox', 'cat', '/proc/self/cgroup']);
  for (const line of stdout.trim().split('\n')) expect(line).toMatch(/:\/$/);
});

test('the soft limit of open files is 1024', async () => {
  expect((await run(['busybox', 'sh', '-c', 'ulimit -Sn'])).stdout).toBe('1024\n');
});

test('a device that is missing gives 125', async () => {
  const { code } = await run(['--device', '/dev/no-such', 'busybox', 'true']);
  expect(code).toBe(125);
});

test('a container whose program could not be started is exited', async () => {
  await cli(['run', '--name', 'failed', '--network', 'none', 'busybox', '/nothing']);
  expect(await inspect('failed', '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 127');
  await ok(['rm', 'failed']);
});

test('exec of a program that is missing gives 127', async () => {
  const id = await engine.container(['busybox', 'sleep', '60']);
  const { code, stderr } = await refused(['exec', id, 'nothing']);
  expect(code).toBe(127);
  expect(stderr).toContain('nothing');
});

test('wrong detach keys are refused before anything is made', async () => {
  const flags = ['--name', 'undetached', '--detach-keys', 'ctrl-', '--network', 'none'];
  const { code, stderr } = await refused(['run', ...flags, 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toContain('ctrl-');
  expect(await ok(['ps', '-aq', '-f', 'name=undetached'])).toBe('');
});

test('a stop of the daemon leaves containers running', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  const pid = await inspect(id, '{{.State.Pid}}');
  await engine.daemon.stop();
  expect(await readFile(`/proc/${pid}/comm`, 'utf8')).toBe('sleep\n');
  await engine.daemon.start();
  expect(await inspect(id, '{{.State.Pid}}')).toBe(pid);
});

test('events survive the daemon and are numbered', async () => {
  const id = await engine.created(['busybox', 'true']);
  await engine.daemon.restart();
  expect(await engine.events([`container=${id}`], '{{.Action}} {{.Sequence}}')).toEqual([
    expect.stringMatching(/^create [1-9]\d*$/),
  ]);
});

test('a read-only bind is read-only below too', async () => {
  const id = await engine.container(['-v', '/sys:/host:ro', 'busybox', 'sleep', '60']);
  const script = "awk '$2 ~ /^\\/host/ && $4 !~ /^ro/' /proc/mounts | wc -l";
  expect(await ok(['exec', id, 'sh', '-c', script])).toBe('0');
});

test('a container has no file of another engine in its root', async () => {
  expect((await run(['busybox', 'ls', '-a', '/'])).stdout).not.toContain('.dockerenv');
});
