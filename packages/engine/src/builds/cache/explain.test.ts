import { describe, expect, test } from 'vitest';
import type { CacheInput } from '@wharf/core';
import { inputChanges } from './explain.js';
import type { StepVariable, StoredInputs } from './stored-inputs.js';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

function stored(inputs: readonly CacheInput[], variables: readonly StepVariable[] = []) {
  return { inputs, variables } satisfies StoredInputs;
}

function texts(before: StoredInputs, after: StoredInputs, text = 'COPY src /app'): string[] {
  const step = { text, isFirstUse: (name: string) => name === 'VERSION' };
  return inputChanges(before, after, step).map((change) => change.text);
}

const input = (kind: string, name: string, value: string): CacheInput => ({ kind, name, value });

describe('what differs is told', () => {
  test.each([
    [
      'a file',
      input('file', 'src/a.ts', digest('1')),
      input('file', 'src/a.ts', digest('9')),
      'COPY src: src/a.ts sha256 111111111111… -> 999999999999…',
    ],
    [
      'an added file',
      undefined,
      input('file', 'src/b.ts', digest('1')),
      'COPY src: src/b.ts added',
    ],
    ['a removed file', input('file', 'b', digest('1')), undefined, 'COPY src: b removed'],
    [
      'a command',
      input('command', '', 'make'),
      input('command', '', 'make all'),
      'command "make" -> "make all"',
    ],
    [
      'a base',
      input('base', '', digest('a')),
      input('base', '', digest('b')),
      'base sha256 aaaaaaaaaaaa… -> sha256 bbbbbbbbbbbb…',
    ],
    ['a workdir', input('workdir', '', '/a'), input('workdir', '', '/b'), 'workdir "/a" -> "/b"'],
    ['a user', input('user', '', ''), input('user', '', 'app'), 'user "" -> "app"'],
    ['an epoch', input('epoch', '', '1'), input('epoch', '', '2'), 'epoch "1" -> "2"'],
    ['a mount', undefined, input('mount', '/m', 'cache'), 'mount /m "cache" added'],
    [
      'a platform',
      input('platform', '', 'linux/amd64'),
      input('platform', '', 'linux/arm64'),
      'platform "linux/amd64" -> "linux/arm64"',
    ],
  ])('%s', (_what, before, after, text) => {
    expect(texts(stored(before ? [before] : []), stored(after ? [after] : []))).toEqual([text]);
  });

  test('a variable is told once, with where it is used first', () => {
    const of = (value: string): StoredInputs =>
      stored([input('environment', 'VERSION', value)], [{ kind: 'ARG', name: 'VERSION', value }]);
    expect(texts(of('1'), of('2'))).toEqual(['ARG VERSION "1" -> "2", first used here']);
  });

  test('a variable that was not set is unset', () => {
    const before = stored([], [{ kind: 'ENV', name: 'MODE' }]);
    const after = stored([], [{ kind: 'ENV', name: 'MODE', value: 'x' }]);
    expect(texts(before, after)).toEqual(['ENV MODE unset -> "x"']);
  });

  test('what people write comes before what surrounds it, and nothing that is equal is told', () => {
    const before = [input('epoch', '', '1'), input('base', '', 'x'), input('command', '', 'a')];
    const after = [input('epoch', '', '2'), input('base', '', 'x'), input('command', '', 'b')];
    expect(texts(stored(before), stored(after))).toEqual([
      'command "a" -> "b"',
      'epoch "1" -> "2"',
    ]);
    expect(texts(stored(before), stored(before))).toEqual([]);
  });

  test('several inputs of one name are compared in their order', () => {
    const before = [
      input('command', '', 'sh'),
      input('command', '', '-c'),
      input('command', '', 'a'),
    ];
    const after = [
      input('command', '', 'sh'),
      input('command', '', '-c'),
      input('command', '', 'b'),
    ];
    expect(texts(stored(before), stored(after))).toEqual(['command "a" -> "b"']);
  });
});
