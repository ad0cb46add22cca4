import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import type { RunResult } from '@wharf/testing';
import { useEngine } from '../support.js';

const engine = useEngine();

async function verify(dockerfile: string, ...flags: readonly string[]): Promise<RunResult> {
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  await writeFile(join(dir.path, 'Dockerfile'), dockerfile);
  await writeFile(join(dir.path, 'data'), 'data');
  return engine.cli(['build', '--progress', 'plain', '--verify', ...flags, dir.path]);
}

const lines = ({ stderr }: RunResult): string[] =>
  stderr.slice(stderr.indexOf('not reproducible')).trimEnd().split('\n');

test('a build that gives the same twice ends with 0', async () => {
  const result = await verify(
    'FROM busybox AS a\nRUN echo a >/a\nFROM busybox\nCOPY --from=a /a /\nCOPY data /\nRUN --network=none echo 1 >/numbers',
  );
  expect(result).toMatchObject({ code: 0 });
  expect(result.stderr).toContain('verified: a second build gave the same');
});

test('a clock in a file ends with another code, and names step and file', async () => {
  const result = await verify('FROM busybox\nRUN echo same >/same\nRUN date >/f\nRUN cat /f >/g');
  expect(result.code).toBe(1);
  expect(lines(result)).toEqual([
    'not reproducible: a second build differs in',
    '  [3/4] RUN date >/f: /f (content)',
  ]);
});

/** True in the first build alone. */
const first = '[ $(hostname) = buildkitsandbox ]';

test.each([
  ['the name of the host', 'hostname >/f', '/f (content)'],
  ['random bytes', 'head -c 9 /dev/urandom >/f', '/f (content)'],
  ['a mode', `touch /f; ${first} && chmod 600 /f || true`, '/f (mode)'],
  ['an owner', `touch /f; ${first} && chown 5 /f || true`, '/f (owner)'],
  ['a time before the epoch', `touch /f; ${first} && touch -d 1999-01-01 /f || true`, '/f (time)'],
  ['what is no file now', `mkdir /f; ${first} && rmdir /f && touch /f || true`, '/f (type)'],
  ['a file', `${first} && touch /f || true`, '/f (only in the first build)'],
])('%s is told', async (_what, command, told) => {
  const result = await verify(`FROM busybox\nRUN ${command}`);
  expect(result.code).toBe(1);
  expect(lines(result).slice(1)).toEqual([`  [2/2] RUN ${command}: ${told}`]);
});

test('what is not part of the result does not count', async () => {
  const result = await verify(
    'FROM busybox AS a\nRUN head -c 9 /dev/urandom >/r; echo a >/a\nFROM scratch\nCOPY --from=a /a /',
  );
  expect(result).toMatchObject({ code: 0 });
});

test('files that are the output are compared too', async () => {
  const out = await tempDir();
  onTestFinished(() => out.remove());
  const text = 'FROM busybox AS a\nRUN date >/f\nFROM scratch\nCOPY --from=a /f /';
  const result = await verify(text, '--output', out.path);
  expect(result.code).toBe(1);
  expect(lines(result).slice(1)).toEqual(['  [a 2/2] RUN date >/f: /f (content)']);
});
