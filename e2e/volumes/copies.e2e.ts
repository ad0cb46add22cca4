import { join } from 'node:path';
import { startDaemon, tempDir } from '@wharf/testing';
import type { TestDaemon } from '@wharf/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { cli, ok, refused, run } = engine;

let far: TestDaemon;
let config = '';

beforeAll(async () => {
  far = await startDaemon();
  const dir = await tempDir();
  config = dir.path;
  await ok(['--config', config, 'context', 'create', 'far', '--wharf', `host=${far.host}`]);
});

afterAll(async () => {
  await far[Symbol.asyncDispose]();
});

/** A volume with these files, each with its name as content; goes with the test. */
async function filled(name: string, ...files: readonly string[]): Promise<void> {
  await ok(['volume', 'create', name]);
  later(name);
  await inside(
    name,
    files.map((file) => `mkdir -p $(dirname ${file}); echo ${file} > ${file}`).join('; '),
  );
}

function later(name: string): void {
  onTestFinished(async () => void (await cli(['volume', 'rm', '-f', name])));
}

/** What a shell in the volume says. */
async function inside(name: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await run([
    '-v',
    `${name}:/d`,
    '-w',
    '/d',
    'busybox',
    'sh',
    '-c',
    script,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

test('what export writes, import unpacks, with owners, modes and links', async () => {
  await filled('out', 'a', 'b/c');
  await inside('out', 'chown 7:8 a; chmod 640 a; ln -s a link; ln a hard; chmod 700 b');
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  const file = join(dir.path, 'out.tar');
  await ok(['volume', 'export', '-o', file, 'out']);
  later('in');
  expect(await ok(['volume', 'import', 'in', file])).toBe('in');
  const look = 'stat -c "%n %u:%g %a %h %F" a b b/c link hard; cat a b/c; readlink link';
  expect(await inside('in', look)).toBe(await inside('out', look));
});

test('export of the same content gives the same bytes', async () => {
  await filled('twice', 'a', 'b/c');
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  const [one, other] = ['1', '2'].map((name) => join(dir.path, name)) as [string, string];
  await ok(['volume', 'export', '-o', one, 'twice']);
  await ok(['volume', 'export', '-o', other, 'twice']);
  const { stdout } = await run(['-v', `${dir.path}:/x`, 'busybox', 'cmp', '/x/1', '/x/2']);
  expect(stdout).toBe('');
});

test('import adds to what is there; with --replace it takes its place', async () => {
  await filled('from', 'new');
  await filled('to', 'old');
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  const file = join(dir.path, 'x.tar');
  await ok(['volume', 'export', '-o', file, 'from']);
  await ok(['volume', 'import', 'to', file]);
  expect(await inside('to', 'ls')).toBe('new\nold\n');
  await ok(['volume', 'import', '--replace', 'to', file]);
  expect(await inside('to', 'ls')).toBe('new\n');
});

test('a clone has the content and goes its own way', async () => {
  await filled('origin', 'a');
  expect(await ok(['volume', 'clone', 'origin', 'copy'])).toBe('copy');
  later('copy');
  await inside('copy', 'echo changed > a');
  expect(await inside('origin', 'cat a')).toBe('a\n');
  expect((await refused(['volume', 'clone', 'origin', 'copy'])).code).toBe(1);
});

test('clones of clones live on without those that they were made from', async () => {
  await filled('first', 'a');
  await ok(['volume', 'clone', 'first', 'second']);
  later('second');
  await inside('second', 'echo more > b');
  await ok(['volume', 'clone', 'second', 'third']);
  later('third');
  await ok(['volume', 'rm', 'first', 'second']);
  expect(await inside('third', 'cat a b; rm a; ls')).toBe('a\nmore\nb\n');
});

test('a volume that a container runs on is cloned as it is', async () => {
  await filled('used', 'a');
  await engine.container(['-v', 'used:/d', 'busybox', 'sleep', '1000']);
  await ok(['volume', 'clone', 'used', 'taken']);
  later('taken');
  expect(await inside('taken', 'cat a')).toBe('a\n');
});

test('a volume goes back to a snapshot, as often as one likes', async () => {
  await filled('states', 'a');
  expect(await ok(['volume', 'snapshot', 'states', 'before'])).toBe('before');
  expect(
    await ok(['volume', 'inspect', '-f', '{{range .Snapshots}}{{.Name}}{{end}}', 'states']),
  ).toBe('before');
  for (const content of ['1', '2']) {
    await inside('states', `echo ${content} > a; touch more`);
    await ok(['volume', 'rollback', 'states', 'before']);
    expect(await inside('states', 'ls; cat a')).toBe('a\na\n');
  }
  await ok(['volume', 'snapshot', '--rm', 'states', 'before']);
  expect((await refused(['volume', 'rollback', 'states', 'before'])).code).toBe(1);
});

test('a volume that a container runs on does not go back', async () => {
  await filled('busy', 'a');
  await ok(['volume', 'snapshot', 'busy', 'before']);
  await engine.container(['-v', 'busy:/d', 'busybox', 'sleep', '1000']);
  expect((await refused(['volume', 'rollback', 'busy', 'before'])).code).toBe(1);
});

test('a renamed volume has its content and its labels', async () => {
  await ok(['volume', 'create', '--label', 'a=b', 'older']);
  later('newer');
  await inside('older', 'touch kept');
  await ok(['volume', 'rename', 'older', 'newer']);
  expect(await inside('newer', 'ls')).toBe('kept\n');
  expect(await ok(['volume', 'inspect', '-f', '{{.Labels}}', 'newer'])).toBe('map[a:b]');
  expect((await refused(['volume', 'inspect', 'older'])).code).toBe(1);
});

test('update changes labels', async () => {
  await ok(['volume', 'create', '--label', 'a=1', '--label', 'b=2', 'labelled']);
  later('labelled');
  await ok(['volume', 'update', '--label-add', 'a=x', '--label-rm', 'b', 'labelled']);
  expect(await ok(['volume', 'inspect', '-f', '{{.Labels}}', 'labelled'])).toBe('map[a:x]');
});

test('send moves what the other daemon lacks, and no more', async () => {
  await filled('sent', 'a', 'b/c', 'gone');
  const send = ['--config', config, 'volume', 'send', 'sent', '--to', 'far'];
  const first = await ok(send);
  expect(first).toMatch(/^Sent sent to far: \d+ changed \(.*\), 0 removed, \d+ that were there$/);
  expect(await ok(send)).toContain('0 changed (0B), 0 removed');
  await inside('sent', 'echo other > b/c; rm gone');
  expect(await ok(send)).toMatch(/, 1 removed, /);
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  const [here, there] = ['here', 'there'].map((name) => join(dir.path, name)) as [string, string];
  await ok(['volume', 'export', '-o', here, 'sent']);
  expect((await far.wharf(['volume', 'export', '-o', there, 'sent'])).code).toBe(0);
  const { code } = await run(['-v', `${dir.path}:/x`, 'busybox', 'cmp', '/x/here', '/x/there']);
  expect(code).toBe(0);
});
