import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { complete } from './complete.js';
import { fixture } from './fixture.test-support.js';
import { completionScript, shells } from './scripts.js';

const { program, wharf } = fixture();

async function words(...typed: string[]) {
  const found = await complete(program, typed, { signal: new AbortController().signal });
  return [found.candidates.map(({ value }) => value), found.directive];
}

describe('candidates', () => {
  test('commands and management words, by what is typed of them', async () => {
    expect(await words('')).toEqual([['container', 'image', 'run', 'ps', 'rm'], 4]);
    expect(await words('r')).toEqual([['run', 'rm'], 4]);
    expect(await words('container', '')).toEqual([['run', 'ls', 'rm'], 4]);
    expect(await words('nope', '')).toEqual([[], 4]);
  });

  test('flags of the program and of commands, hidden ones left out', async () => {
    expect(await words('--tlsc')).toEqual([['--tlscacert', '--tlscert'], 4]);
    expect(await words('ps', '-')).toEqual([
      ['--all', '-a', '--format', '--last', '-n', '--help'],
      4,
    ]);
    expect(await words('container', '-')).toEqual([['--help'], 4]);
  });

  test('values of flags, from a list or from the app, joined or apart', async () => {
    expect(await words('run', '--pull', '')).toEqual([['always', 'missing', 'never'], 4]);
    expect(await words('run', '--pull=m')).toEqual([['--pull=missing'], 4]);
    expect(await words('-H', 'x', 'run', '--network', '')).toEqual([['net-of-x'], 4]);
    expect(await words('--log-level', 'd')).toEqual([['debug'], 4]);
    expect(await words('run', '-e', '')).toEqual([[], 4]);
    expect(await words('--tlscert', '')).toEqual([[], 0]);
    expect(await words('--config', '')).toEqual([[], 16]);
  });

  test('arguments: objects, those already named left out, files inside the container’s command', async () => {
    expect(await words('rm', '-f', 'web', '')).toEqual([['web2', 'db'], 4]);
    expect(await words('run', '--rm', 'al')).toEqual([['alpine:3'], 4]);
    expect(await words('run', 'alpine', '-')).toEqual([[], 0]);
    expect(await words('rm', '--', '-')).toEqual([[], 4]);
    expect(await words('ps', '')).toEqual([[], 4]);
  });

  test('a failing source of names is an error directive, never an exception', async () => {
    const failing = { ...program, complete: () => Promise.reject(new RangeError('down')) };
    const options = { signal: new AbortController().signal };
    expect(await complete(failing, ['rm', ''], options)).toEqual({ candidates: [], directive: 1 });
  });

  test('any words are completed without an exception', async () => {
    const word = fc.oneof(
      fc.constantFrom('run', 'container', 'rm', '-', '--', '-e', '--pull', '--pull=', '-H', ''),
      fc.string({ maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word), async (typed) => {
        await words(...typed);
      }),
    );
  });
});

describe('protocol', () => {
  test('a candidate per line with its description, then the directive', async () => {
    expect((await wharf('__complete', 'rm', 'd')).out).toBe('db\tthe container\n:4\n');
    expect((await wharf('__completeNoDesc', 'rm', 'd')).out).toBe('db\n:4\n');
  });

  test('completion prints the script of a shell', async () => {
    for (const shell of shells) {
      const { out, code } = await wharf('completion', shell);
      expect(code).toBe(0);
      expect(out).toBe(completionScript(shell, 'wharf'));
      expect(out).not.toContain('@NAME@');
    }
    expect(await wharf('completion', 'ksh')).toMatchObject({ code: 1 });
  });
});

/** What bash offers for a line, with `wharf` played by a function that prints its arguments. */
function inBash(line: string, wordsOfLine: readonly string[], reply: string): string[] {
  const script = `
${completionScript('bash', 'wharf')}
wharf() { printf '%s\\n' "$@" >&3; printf '%b' '${reply}'; }
COMP_LINE='${line}' COMP_POINT=${line.length}
COMP_WORDS=(${wordsOfLine.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
__wharf_complete
printf '%s\\n' "\${COMPREPLY[@]}"
`;
  const out = execFileSync('bash', ['-c', `exec 3>&1; ${script}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return out.trimEnd().split('\n');
}

describe('the bash script', () => {
  test('asks for the words of the line and offers what it is told', () => {
    const offered = inBash('wharf rm we', ['wharf', 'rm', 'we'], 'web\\nweb2\\n:4\\n');
    expect(offered).toEqual(['__completeNoDesc', 'rm', 'we', 'web', 'web2']);
  });

  test('joins what bash cut at : and =, and offers only the part after it', () => {
    const words = ['wharf', 'run', '--pull', '=', 'm'];
    expect(inBash('wharf run --pull=m', words, '--pull=missing\\n:4\\n')).toEqual([
      '__completeNoDesc',
      'run',
      '--pull=m',
      'missing',
    ]);
    const tag = ['wharf', 'run', 'alpine', ':', '3'];
    expect(inBash('wharf run alpine:3', tag, 'alpine:3.20\\n:4\\n').at(-1)).toBe('3.20');
  });

  test('an empty last word is asked for as such', () => {
    expect(inBash('wharf rm ', ['wharf', 'rm', ''], 'web\\n:4\\n')).toEqual([
      '__completeNoDesc',
      'rm',
      '',
      'web',
    ]);
  });
});
