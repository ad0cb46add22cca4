import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import type { Terminal } from '../support/terminal.js';

const engine = useEngine();

async function directoryOf(dockerfile: string): Promise<string> {
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  await writeFile(join(dir.path, 'Dockerfile'), dockerfile);
  await writeFile(join(dir.path, 'secret'), 'hush');
  return dir.path;
}

const failing = `FROM busybox
ENV GREETING=hello
WORKDIR /work
RUN echo before >before
RUN --mount=type=cache,target=/cache --mount=type=secret,id=s --mount=type=tmpfs,target=/scratch echo made >made; echo kept >/cache/kept; false
`;

async function debug(dockerfile: string): Promise<Terminal> {
  const path = await directoryOf(dockerfile);
  const flags = ['--debug', '--progress', 'plain', '--secret', `id=s,src=${path}/secret`];
  const terminal = await engine.terminal(['build', ...flags, path], { columns: 120, rows: 50 });
  onTestFinished(() => terminal[Symbol.asyncDispose]());
  await terminal.until(/a shell where the step failed/);
  return terminal;
}

let asked = 0;

/** What a line prints between two marks, so that its echo on the screen is not taken for it. */
async function printed(terminal: Terminal, command: string): Promise<string> {
  const mark = `<${asked++}<`;
  await terminal.enter(`clear; echo "${mark}""$(${command})"">>"`);
  const [, text = ''] = await terminal.until(new RegExp(`${mark}([^"]*)>>`, 's'));
  return text.trim();
}

test('a shell has the files, mounts, environment and user of the step that failed', async () => {
  const terminal = await debug(failing);
  expect(await printed(terminal, 'pwd')).toBe('/work');
  expect(await printed(terminal, 'cat before made /cache/kept')).toBe('before\nmade\nkept');
  expect(await printed(terminal, 'echo $GREETING')).toBe('hello');
  expect(await printed(terminal, 'cat /run/secrets/s')).toBe('hush');
  expect(await printed(terminal, 'grep -c " /scratch tmpfs" /proc/mounts')).toBe('1');
  expect(await printed(terminal, 'hostname; id -u')).toBe('buildkitsandbox\n0');
  expect(await printed(terminal, 'ls /sys/class/net | tr "\\\\n" " "')).toContain('eth0');
  await terminal.enter('exit');
  expect(await terminal.ended()).toBe(1);
  expect(await engine.ok(['builder', 'ls'])).toContain('Error');
});

test('of a step without a network the shell has none; a code of its own does not count', async () => {
  const terminal = await debug('FROM busybox\nRUN --network=none false\n');
  expect(await printed(terminal, 'ls /sys/class/net')).toBe('lo');
  await terminal.enter('exit 0');
  expect(await terminal.ended()).toBe(1);
});

test('without a terminal it is refused before anything is built', async () => {
  const { code, stderr } = await engine.refused(['build', '--debug', await directoryOf(failing)]);
  expect(code).toBe(1);
  expect(stderr).toContain('--debug opens a shell and needs a terminal');
});

test('a build that succeeds opens none', async () => {
  const path = await directoryOf('FROM busybox\nRUN true\n');
  const terminal = await engine.terminal(['build', '--debug', path]);
  onTestFinished(() => terminal[Symbol.asyncDispose]());
  expect(await terminal.ended()).toBe(0);
});
