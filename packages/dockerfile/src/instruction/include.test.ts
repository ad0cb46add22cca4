import { describe, expect, test } from 'vitest';
import { parse } from '../parse/parse.js';
import { toDockerfile, toInstructions } from './dockerfile.js';
import { include } from './include.js';

const opened = '# wharf=include\n';

function run(text: string, files: Readonly<Record<string, string>>, name = 'Dockerfile') {
  const listing = toInstructions(parse(`${opened}${text}`, name));
  return include(listing, new Map(Object.entries(files)));
}

describe('INCLUDE', () => {
  test('puts the instructions of another file in its place, each with its own file and line', () => {
    const result = run('FROM scratch\nINCLUDE parts/one\nRUN last\n', {
      'parts/one': `${opened}RUN one\nINCLUDE two\n`,
      'parts/two': '\nRUN two\n',
    });
    expect(result.kind).toBe('done');
    const instructions = result.kind === 'done' ? result.listing.instructions : [];
    const places = instructions.map(({ source, range, text }) => [
      source.name,
      range.start.line,
      text,
    ]);
    expect(places).toEqual([
      ['Dockerfile', 2, 'FROM scratch'],
      ['parts/one', 2, 'RUN one'],
      ['parts/two', 2, 'RUN two'],
      ['Dockerfile', 4, 'RUN last'],
    ]);
  });

  test('may bring stages', () => {
    const result = run('INCLUDE base\nFROM base\n', { base: 'FROM scratch AS base\nRUN x\n' });
    const file = result.kind === 'done' ? toDockerfile(result.listing) : undefined;
    expect(file?.stages.map(({ name }) => name)).toEqual(['base', undefined]);
  });

  test('names the files that are still to be read, all that are known', () => {
    const files = { a: `${opened}INCLUDE c\n` };
    const result = run('FROM scratch\nINCLUDE a\nINCLUDE b\n', files);
    expect(result).toEqual({ kind: 'needs', files: ['c', 'b'] });
  });

  test('is relative to the file that has it', () => {
    const result = run('INCLUDE ../x\n', {}, 'build/app.Dockerfile');
    expect(result).toEqual({ kind: 'needs', files: ['x'] });
  });

  test.each([['../x'], ['/etc/passwd'], ['.'], ['a/../../x']])('%s leaves the context', (path) => {
    expect(() => run(`INCLUDE ${path}\n`, {})).toThrow(/outside of the build context/);
  });

  test('in a circle is refused', () => {
    const files = { a: `${opened}INCLUDE b`, b: `${opened}INCLUDE a` };
    expect(() => run('INCLUDE a\n', files)).toThrow(/b:2: a includes itself/);
    expect(() => run('INCLUDE Dockerfile\n', {})).toThrow(/Dockerfile includes itself/);
  });

  test('that multiplies is refused', () => {
    const files = Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [`f${i}`, opened + `INCLUDE f${i + 1}\n`.repeat(10)]),
    );
    expect(() => run('INCLUDE f0\n', files)).toThrow(/more than/);
  });

  test('in an included file needs the directive there', () => {
    expect(() => run('INCLUDE a\n', { a: 'INCLUDE b\n' })).toThrow(/a:1: INCLUDE must be allowed/);
  });
});
