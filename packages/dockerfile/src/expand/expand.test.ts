import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { DockerfileError } from '../error.js';
import { Source } from '../source/source.js';
import { Budget } from './budget.js';
import { expandContent, expandWord } from './expand.js';

const variables: Readonly<Record<string, string>> = {
  PWD: '/home',
  SHELL: 'bash',
  NULL: '',
  FILE: 'a/b/c.tar.gz',
  SPACES: '  x  y ',
  STARS: 'a*b?c',
};

function optionsFor(text: string, escape = '\\') {
  const source = new Source('Dockerfile', text);
  const lookUp = (name: string) => (Object.hasOwn(variables, name) ? variables[name] : undefined);
  return {
    word: { text, range: source.range(0, text.length) },
    options: { source, escape, lookUp, budget: new Budget() },
  };
}

function expand(text: string, escape?: string): string {
  const { word, options } = optionsFor(text, escape);
  return expandWord(word, options).text;
}

describe('one word', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['hello', 'hello'],
    ["he'll'o", 'hello'],
    ["he\\'llo", "he'llo"],
    ['abc\\tdef', 'abctdef'],
    ['"abc\\tdef"', 'abc\\tdef'],
    ['"abc\\\\tdef"', 'abc\\tdef'],
    ["'abc\\tdef'", 'abc\\tdef'],
    ['hello\\', 'hello'],
    ['hello\\\\', 'hello\\'],
    ['"hel\'lo"', "hel'lo"],
    ["'hello\\'", 'hello\\'],
    ['"\'\'"', "''"],
    ['$.', '$.'],
    ['a$', 'a$'],
    ['he$1x', 'hex'],
    ['he$PWD', 'he/home'],
    ['he\\$PWD', 'he$PWD'],
    ['he\\\\$PWD', 'he\\/home'],
    ['"he\\$PWD"', 'he$PWD'],
    ["'$PWD'", '$PWD'],
    ['"he\'$PWD\'"', "he'/home'"],
    ['\\${}', '${}'],
    ['he${hi}xx', 'hexx'],
    ['${PWD}s', '/homes'],
    ['he${XXX:-000}xx', 'he000xx'],
    ['he${XXX:-${YYY:-yyy}}xx', 'heyyyxx'],
    ['he${XXX:-\\$PWD:}xx', 'he$PWD:xx'],
    ['${NULL-x}', ''],
    ['${NULL:-x}', 'x'],
    ['${NULL+x}', 'x'],
    ['${NULL:+x}', ''],
    ['${XXX+x}', ''],
    ['${PWD:+${PWD}:}x', '/home:x'],
    ['${PWD?}', '/home'],
    ['${NULL?}', ''],
    ['${aaa}}', '}'],
    ['${aaa:-bbb {foo}', 'bbb {foo'],
    ['${@:-b}$*$#$?$-$$$!$0', 'b'],
    ['$999aaa', 'aaa'],
    ['안녕$PWD', '안녕/home'],
    ['${FILE#*/}', 'b/c.tar.gz'],
    ['${FILE##*/}', 'c.tar.gz'],
    ['${FILE%.*}', 'a/b/c.tar'],
    ['${FILE%%.*}', 'a/b/c'],
    ['${FILE#x}', 'a/b/c.tar.gz'],
    ['${FILE%}', 'a/b/c.tar.gz'],
    ['${FILE#?/}', 'b/c.tar.gz'],
    ['${FILE/\\//-}', 'a-b/c.tar.gz'],
    ['${FILE//\\//-}', 'a-b-c.tar.gz'],
    ['${FILE/b*r/X}', 'a/X.gz'],
    ['${FILE//?/.}', '............'],
    ['${FILE/zzz/y}', 'a/b/c.tar.gz'],
    ['${FILE//./}', 'a/b/ctargz'],
    ['${STARS/\\*/x}', 'axb?c'],
    ['${STARS%\\?c}', 'a*b'],
    ['${NULL/*/x}', 'x'],
    ['${FILE///}', 'a/b/c.tar.gz'],
    ['${PWD//\\//\\/}', '\\/home'],
    ['${SHELL/$NULL/ww}', 'wwbash'],
    ['${SHELL//$NULL/.}', '.b.a.s.h.'],
    ['${SHELL//*/x}', 'x'],
    ['${SHELL//?/ab}', 'abababab'],
  ];
  test.each(cases)('%s is %s', (text, expected) => {
    expect(expand(text)).toBe(expected);
  });

  test.each([
    ["he'llo"],
    ['"hello'],
    ['"hello\\"'],
    ['${}'],
    ['${.}'],
    ['${XXX:YYY}'],
    ['${XXX?}'],
    ['${NULL:?}'],
    ['he${PWD'],
    ['he${PWD:=0}'],
    ['${{aaa}'],
    ['${aaa:-b'],
    ['${:}'],
    ['${FILE/a}'],
    ['${FILE:#a}'],
    ['${PWD^^}'],
  ])('%s is refused', (text) => {
    expect(() => expand(text)).toThrow(DockerfileError);
  });

  test('the message of ${v?message} is shown', () => {
    expect(() => expand('${XXX:?set it with --build-arg}')).toThrow(/XXX: set it with --build-arg/);
  });

  test('the other escape character leaves backslashes alone', () => {
    expect(expand('c:\\dir`$PWD`"', '`')).toBe('c:\\dir$PWD"');
  });
});

test('words are split at white space outside of quotes, also inside of values', () => {
  const { word, options } = optionsFor('a $SPACES "$SPACES" b\\ c "" d$SPACES');
  const { words } = expandWord(word, { ...options, split: true });
  expect(words).toEqual(['a', 'x', 'y', '  x  y ', 'b c', '', 'd', 'x', 'y']);
});

test('names that were asked for and those that were missing are told apart', () => {
  const { word, options } = optionsFor('$A ${B:-x} ${C+y} $PWD $1');
  const { used, missing } = expandWord(word, options);
  expect([...used]).toEqual(['A', 'B', 'C', 'PWD']);
  expect([...missing]).toEqual(['A']);
});

test('in the content of a heredoc quotes are text and escapes work as in a shell', () => {
  const { word, options } = optionsFor("\"$PWD\" '$PWD' \\$PWD \\n \\\\ a\\\nb ${X:-'}\n");
  expect(expandContent(word, options).text).toBe("\"/home\" '/home' $PWD \\n \\ ab '\n");
});

test('a value that doubles again and again is refused', () => {
  const { word, options } = optionsFor('${A}${A}');
  let value = 'x'.repeat(1000);
  const grow = () => {
    for (let i = 0; i < 40; i++) value = expandWord(word, { ...options, lookUp: () => value }).text;
  };
  expect(grow).toThrow(expect.objectContaining({ code: 'resource-exhausted' }));
});

test('a replacement that multiplies is refused', () => {
  const { word, options } = optionsFor('${A//a/$A}');
  const value = 'a'.repeat(100_000);
  expect(() => expandWord(word, { ...options, lookUp: () => value })).toThrow(
    expect.objectContaining({ code: 'resource-exhausted' }),
  );
});

test('deep substitutions are refused', () => {
  const depth = 10_000;
  expect(() => expand(`${'${a:-'.repeat(depth)}${'}'.repeat(depth)}`)).toThrow(/deep/);
});

test('patterns cost at most their length times that of the value', () => {
  const { word, options } = optionsFor(`\${A##${'a*'.repeat(50)}b}`);
  const value = 'a'.repeat(5000);
  expandWord(word, { ...options, lookUp: () => value });
  expect(options.budget.steps).toBeLessThan(51 * 2 * 5001);
});

test('any text expands or is refused with our error', () => {
  const part = fc.constantFrom(
    '$',
    '{',
    '}',
    ':',
    '-',
    '"',
    "'",
    '\\',
    '/',
    '#',
    '%',
    '*',
    'A',
    'é',
    ' ',
  );
  fc.assert(
    fc.property(
      fc.array(part).map((parts) => parts.join('')),
      (text) => {
        try {
          expand(text);
        } catch (error) {
          expect(error).toBeInstanceOf(DockerfileError);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
