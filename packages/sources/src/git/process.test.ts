import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { tempDir } from '@wharf/testing';
import { expect, test } from 'vitest';
import { call, failureOf, openSources } from '../test-fixture.js';
import { git } from './process.js';

/** A program in the place of git. */
async function fake(script: string) {
  const dir = await tempDir();
  const path = `${dir.path}/git`;
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  await mkdir(`${dir.path}/home`);
  const program = { path, home: `${dir.path}/home`, idleMs: 60_000, shown: 'the remote' };
  return { program, dir: dir.path, [Symbol.asyncDispose]: () => dir.remove() };
}

/** Not gone, and not waiting to be reaped by who adopted it. */
async function isAlive(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') Z');
  return !line.slice(line.lastIndexOf(')')).startsWith(') Z');
}

test('a host without git is told to install it', async () => {
  await using it = await openSources({ git: '/nonexistent/git' });
  const request = {
    remote: 'https://example.com/x',
    commit: '1'.repeat(40),
    target: `${it.path}/t`,
  };
  const more = { repository: `${it.path}/r`, submodules: false, keepGitDir: false };
  const error = await failureOf(it.sources.git({ ...request, ...more }, call()));
  expect([error.code, error.message]).toEqual([
    'failed-precondition',
    expect.stringContaining('install git'),
  ]);
});

test('the whole group is killed within two seconds, whatever it does with signals', async () => {
  await using it = await fake(
    `trap '' TERM\n(trap '' TERM; while :; do sleep 0.1; done) & echo $! > ${'$HOME'}/pid\nwait`,
  );
  const stop = new AbortController();
  const work = failureOf(git(it.program, { args: [] }, stop.signal));
  await delay(500);
  const start = performance.now();
  stop.abort();
  expect((await work).code).toBe('cancelled');
  expect(performance.now() - start).toBeLessThan(2000);
  const pid = Number(await readFile(`${it.program.home}/pid`, 'utf8'));
  await delay(100);
  expect(await isAlive(pid)).toBe(false);
});

test('words of the remote alone are no progress', async () => {
  await using it = await fake('while :; do echo "remote: still here" >&2; sleep 0.1; done');
  const program = { ...it.program, idleMs: 800 };
  const error = await failureOf(git(program, { args: [] }, call().signal));
  expect(error.code).toBe('deadline-exceeded');
});

test('an output without end is cut', async () => {
  await using it = await fake('exec cat /dev/zero');
  const error = await failureOf(git(it.program, { args: [] }, call().signal));
  expect(error.code).toBe('resource-exhausted');
});

test('what it says is shown without control characters', async () => {
  await using it = await fake(`printf 'fatal: \\033[31mno\\377 x\\n' >&2; exit 128`);
  const error = await failureOf(git(it.program, { args: [] }, call().signal));
  expect(error.message).toBe('the remote: git failed (fatal:  [31mno  x)');
});

test('the environment of the daemon is not that of git', async () => {
  await using it = await fake('env');
  const text = (await git(it.program, { args: [] }, call().signal)).toString();
  expect(text).toContain(`HOME=${it.program.home}\n`);
  expect(text).toContain('GIT_CONFIG_NOSYSTEM=1\n');
  expect(text).not.toContain('VITEST');
});
