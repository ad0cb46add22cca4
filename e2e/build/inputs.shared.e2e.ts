import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { building, lines } from '../support/builds.js';
import { file, tar } from '../support/tar.js';

const engine = useEngine();
const { built, failed, folder, read, tried } = building(engine);
const own = lines('FROM busybox', 'COPY a /a');

test('an image gets every name of -t, and the same id', async () => {
  const context = await folder({ Dockerfile: own, a: 'text' });
  await built(['-t', 'inputs-one', '-t', 'team/inputs-two:3', context]);
  const ids = await Promise.all(
    ['inputs-one:latest', 'team/inputs-two:3'].map((name) => engine.inspect(name, '{{.Id}}')),
  );
  expect(new Set(ids).size).toBe(1);
  expect(await read('team/inputs-two:3', '/a')).toBe('text');
});

test('-q prints the id alone, and --iidfile writes it', async () => {
  const context = await folder({ Dockerfile: own, a: 'quiet' });
  const iid = join(context, '../', `${context.split('/').at(-1) ?? ''}.iid`);
  const { code, stdout, stderr } = await tried(['-q', '--iidfile', iid, context]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  expect(await readFile(iid, 'utf8')).toBe(stdout.trim());
  expect(await engine.inspect(stdout.trim(), '{{.Id}}')).toBe(stdout.trim());
});

test('-f names a Dockerfile, in the context and outside of it', async () => {
  const context = await folder({ 'sub/other.Dockerfile': own, a: 'inside' });
  const outside = await folder({ Any: lines('FROM busybox', 'COPY a /b') });
  await built(['-f', join(context, 'sub/other.Dockerfile'), '-t', 'inputs-f1', context]);
  expect(await read('inputs-f1', '/a')).toBe('inside');
  await built(['-f', join(outside, 'Any'), '-t', 'inputs-f2', context]);
  expect(await read('inputs-f2', '/b')).toBe('inside');
  await built(['-f', 'sub/other.Dockerfile', '-t', 'inputs-f3', '.'], { cwd: context });
  expect(await read('inputs-f3', '/a')).toBe('inside');
});

test('-f - is a Dockerfile on standard input, beside a context', async () => {
  const context = await folder({ a: 'beside' });
  await built(['-f', '-', '-t', 'inputs-stdin', context], { stdin: own });
  expect(await read('inputs-stdin', '/a')).toBe('beside');
});

test('- is a Dockerfile on standard input, without a context', async () => {
  await built(['-t', 'inputs-alone', '-'], { stdin: lines('FROM busybox', 'RUN echo x >/x') });
  expect(await read('inputs-alone', '/x')).toBe('x');
  await failed(['-'], { stdin: own });
});

test('- is a tar on standard input', async () => {
  const archive = tar(file('Dockerfile', own), file('a', 'archived', 0o600));
  await built(['-t', 'inputs-tar', '-'], { stdin: archive });
  expect(await read('inputs-tar', '/a')).toBe('archived');
  const named = tar(file('D/f', own), file('a', 'named'));
  await built(['-t', 'inputs-tar-f', '-f', 'D/f', '-'], { stdin: named });
  expect(await read('inputs-tar-f', '/a')).toBe('named');
});

test('a Dockerfile without a name is called Dockerfile', async () => {
  const context = await folder({ Dockerfile: own, a: 'x' });
  await built(['.'], { cwd: context });
  const { stderr } = await failed([await folder({ a: 'x' })]);
  expect(stderr).toContain('Dockerfile');
});

test.each([
  ['a context that is not there', ['/nosuch/place'], 1, /nosuch/],
  ['two contexts', ['.', '..'], 1, /requires.* 1 argument/],
  ['no context', [], 1, /requires.* 1 argument/],
  ['an unknown flag', ['--nosuch', '.'], 125, /unknown flag: --nosuch/],
  ['a bad name', ['-t', 'UPPER', '.'], 125, /invalid argument "UPPER" for "-t, --tag" flag/],
  [
    'a bad limit',
    ['--ulimit', 'nofile', '.'],
    125,
    /invalid argument "nofile" for "--ulimit" flag/,
  ],
  ['a bad size', ['--shm-size', 'x', '.'], 125, /invalid argument "x" for "--shm-size" flag/],
])('%s is refused', async (_what, args, code, text) => {
  const result = await failed(args);
  expect(result).toMatchObject({ code, stderr: expect.stringMatching(text) as string });
});

test.each([
  ['an unknown instruction', 'FROM busybox\nFRMO x', [], /instruction:? FRMO/i],
  ['nothing', '', [], /empty|no instructions|no FROM/i],
  ['an instruction before FROM', 'RUN true\nFROM busybox', [], /no build stage|FROM/],
  ['an unknown target', 'FROM busybox AS one', ['--target', 'nosuch'], /nosuch/],
  ['an unknown flag of COPY', 'FROM busybox\nCOPY --nosuch a /', [], /flag:? (--)?nosuch/i],
  ['an unknown flag of RUN', 'FROM busybox\nRUN --nosuch true', [], /flag:? (--)?nosuch/i],
  ['COPY with one word', 'FROM busybox\nCOPY a', [], /COPY (requires|needs)/],
  ['FROM without a name', 'FROM', [], /FROM (requires|takes)/],
  ['a bad variable', 'FROM busybox\nENV a=${b', [], /\$\{|syntax|missing|unexpected/i],
  ['a missing file', 'FROM busybox\nCOPY nosuch /', [], /nosuch.*not found/],
  ['a step that fails', 'FROM busybox\nRUN exit 3', [], /exit code: 3/],
  ['a program that is not there', 'FROM busybox\nRUN ["/nosuch"]', [], /nosuch/],
  ['a base that is a bad name', 'FROM Upper Case', [], /FROM requires|Upper|Case/],
  [
    'a stage that comes later',
    'FROM scratch\nCOPY --from=1 / /\nFROM scratch\nCOPY --from=0 / /',
    [],
    /--from|1/,
  ],
  ['EXPOSE of no port', 'FROM busybox\nEXPOSE x', [], /x/],
  ['a stage of a bad name', 'FROM busybox AS 1x', [], /1x/],
])('in a Dockerfile, %s is refused with the place', async (_what, dockerfile, flags, text) => {
  const context = await folder({ Dockerfile: dockerfile });
  const result = await failed([...flags, context]);
  expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(text) as string });
});

test('what failed leaves no image and no name', async () => {
  const context = await folder({ Dockerfile: lines('FROM busybox', 'RUN false') });
  const iid = join(context, 'iid');
  await failed(['-t', 'inputs-never', '--iidfile', iid, context]);
  expect((await engine.cli(['image', 'inspect', 'inputs-never'])).code).not.toBe(0);
  expect(await readdir(context)).toEqual(['Dockerfile']);
});

test('plain progress names steps and shows what they print', async () => {
  const context = await folder({
    Dockerfile: lines('FROM busybox', 'RUN echo first-out; echo first-err >&2', 'RUN echo second'),
  });
  const shown = await built(['--progress', 'plain', '--no-cache', context]);
  expect(shown).toMatch(/^#\d+ \[1\/3\] FROM /m);
  expect(shown).toMatch(/^#\d+ \[2\/3\] RUN echo first-out; echo first-err >&2$/m);
  expect(shown).toMatch(/^#\d+ \d+\.\d+ first-out$/m);
  expect(shown).toMatch(/^#\d+ \d+\.\d+ first-err$/m);
  expect(shown).toMatch(/^#\d+ DONE \d+\.\ds$/m);
});
