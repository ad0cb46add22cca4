import { expect, test } from 'vitest';
import { classifyStartFailure } from './classify.js';

const prefix = 'unable to start container process: ';
const table: readonly (readonly [error: string, command: string, code: number, message: string])[] =
  [
    [
      'executable file `foo` not found in $PATH: No such file or directory',
      'foo',
      127,
      `${prefix}exec: "foo": executable file not found in $PATH`,
    ],
    [
      'executable file `/x` not found in $PATH: No such file or directory',
      '/x',
      127,
      `${prefix}exec: "/x": stat /x: no such file or directory`,
    ],
    ['open executable: Permission denied', '/etc', 126, `${prefix}exec: "/etc": permission denied`],
    [
      'open executable: Not a directory',
      '/a/b',
      127,
      `${prefix}exec: "/a/b": stat /a/b: not a directory`,
    ],
    [
      `runc run failed: ${prefix}exec: "foo": executable file not found in $PATH`,
      'foo',
      127,
      `${prefix}exec: "foo": executable file not found in $PATH`,
    ],
    [
      `exec failed: ${prefix}exec: "/etc": permission denied`,
      '/etc',
      126,
      `${prefix}exec: "/etc": permission denied`,
    ],
    [
      `${prefix}chdir to cwd ("/x") set in config.json failed: permission denied`,
      'sh',
      126,
      `${prefix}chdir to cwd ("/x") set in config.json failed: permission denied`,
    ],
    [
      'mount `proc` to `proc`: No such file or directory',
      'sh',
      128,
      'mount `proc` to `proc`: No such file or directory',
    ],
    ['', 'sh', 128, 'the runtime failed without a word'],
  ];

test.each(table)('%s', (error, command, exitCode, message) => {
  expect(classifyStartFailure(error, command)).toEqual({ exitCode, message });
});
