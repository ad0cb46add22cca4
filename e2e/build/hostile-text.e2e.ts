import { afterAll, expect, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { longestAnswer } from '../support/answers.js';
import { unhurried } from '../support/patience.js';

const engine = useEngine();
const empty = await tempDir();
afterAll(empty.remove);

/** The longest that such a text may keep a build busy, and that others wait for the daemon meanwhile, in milliseconds. */
const patience = 10_000;
const longestAnswerMs = 500;

const times = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => line(n)).join('');
const base = 'FROM busybox\n';
const doubling = (word: string): string =>
  `${base}${word} a0=xxxxxxxx\n${times(40, (n) => `${word} a${n + 1}=\${a${n}}\${a${n}}\n`)}`;

/** Texts, and what is said of them; an empty expression for those that are built. */
const rows: readonly (readonly [string, () => string, RegExp])[] = [
  ['a line of 10 MiB', () => `${base}ENV a=${'x'.repeat(10 << 20)}\n`, /longer than \d+ bytes/],
  ['a line of 1 MiB', () => `${base}ENV a=${'x'.repeat((1 << 20) - 100)}\n`, /Dockerfile:2/],
  ['a comment of 10 MiB', () => `${base}#${'x'.repeat(10 << 20)}\n`, /longer than \d+ bytes/],
  ['100,000 instructions', () => base + 'ENV a=1\n'.repeat(100_000), /more than 4000 instructions/],
  ['10,000 stages', () => times(10_000, (n) => `FROM busybox AS s${n}\n`), /more than/],
  ['4000 steps', () => `${base}ARG v=x\n${'RUN echo $v ${v:-y}\n'.repeat(3990)}`, /^$/],
  ['a heredoc without end', () => `${base}RUN <<EOF\n${'x\n'.repeat(100_000)}`, /has no end/],
  [
    'stages in a circle',
    () => 'FROM busybox AS a\nCOPY --from=b x x\nFROM a AS b\n',
    /Dockerfile:2/,
  ],
  ['a stage named 0', () => 'FROM scratch AS 0\n', /cannot name a stage/],
  ['a stage named as a digest', () => `FROM scratch AS sha256:${'0'.repeat(64)}\n`, /cannot name/],
  ['a foreign front end', () => `# syntax=evil/frontend\n${base}`, /no other front end/],
  ['50 directives', () => times(50, (n) => `# d${n}=x\n`) + base, /^$/],
  ['a strange escape', () => `# escape=x\n${base}`, /escape character/],
  ['two escapes', () => `# escape=\`\n# escape=\`\n${base}`, /there twice/],
  ['arguments that double', () => doubling('ARG'), /Dockerfile:\d+: .*longer|larger|more than/],
  ['variables that double', () => doubling('ENV'), /Dockerfile:\d+: .*longer|larger|more than/],
  [
    'substitutions 10,000 deep',
    () => `${base}ENV a=${'${x:-'.repeat(10_000)}${'}'.repeat(10_000)}\n`,
    /Dockerfile:2: .*deep/,
  ],
  [
    'a pattern that backtracks',
    () => `${base}ARG a=${'a'.repeat(1000)}\nENV b=\${a//${'*a'.repeat(400)}b/x}\n`,
    /^$/,
  ],
  ['a trigger of a trigger', () => `${base}ONBUILD ONBUILD RUN x\n`, /ONBUILD cannot have ONBUILD/],
  ['a trigger that begins a stage', () => `${base}ONBUILD FROM x\n`, /ONBUILD cannot have FROM/],
  ['a zero byte', () => `${base}RUN a\0b\n`, /NUL/],
];

test.each(rows)('%s is built or refused, and others are answered', async (_, text, told) => {
  const over = new AbortController();
  const worst = longestAnswer(engine, over.signal);
  const begin = performance.now();
  const { code, stderr } = await engine.cli(['build', '-q', '-f', '-', empty.path], {
    stdin: text(),
  });
  expect(performance.now() - begin).toBeLessThan(patience);
  over.abort();
  expect(stderr).toMatch(told);
  expect(stderr.length).toBeLessThan(8192);
  expect(stderr).not.toMatch(/bug of wharf|\n\s+at /);
  expect(code).toBe(told.source === '^$' ? 0 : 1);
  expect(await worst).toBeLessThan(unhurried(longestAnswerMs));
});

test('a base image that was made to trigger itself ends with the first', async () => {
  const first = 'FROM busybox\nONBUILD RUN echo once >>/once\n';
  await engine.ok(['build', '-q', '-t', 'trigger', '-'], { stdin: first });
  await engine.ok(['build', '-q', '-t', 'again', '-'], { stdin: 'FROM trigger\n' });
  await engine.ok(['build', '-q', '-t', 'more', '-'], { stdin: 'FROM again\n' });
  const { stdout } = await engine.run(['more', 'cat', '/once']);
  expect(stdout).toBe('once\n');
});
