import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FailedPreconditionError, type OutputChunk, type WaitResult } from '@wharf/core';
import { describe, expect, test } from 'vitest';
import { wharf } from '../../testing/test-cli.js';
import { fakeRun, someId } from '../../testing/test-engine.js';
import { fakeIo } from '../../testing/test-io.js';

const ended = (exitCode: number): WaitResult => ({ exitCode, error: '', oomKilled: false });

async function* output(...chunks: [OutputChunk['stream'], string][]): AsyncIterable<OutputChunk> {
  for (const [stream, text] of chunks) yield { stream, data: Buffer.from(text) };
}

async function* typed(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe('run attached', () => {
  test('attaches and waits before it starts, keeps the streams apart, ends with the code', async () => {
    const run = fakeRun({
      output: output(['stdout', 'out\n'], ['stderr', 'err\n'], ['stdout', 'more\n']),
      exit: ended(42),
    });
    expect(await wharf(['run', 'busybox', 'x'], run)).toEqual({
      code: 42,
      out: 'out\nmore\n',
      err: 'err\n',
    });
    expect(run.calls).toEqual(['create', 'attach', 'wait next-exit', 'start']);
    expect(run.requests).toEqual([{ stdin: false, stdout: true, stderr: true, logs: false }]);
    expect(run.specs[0]).toMatchObject({
      image: 'busybox',
      command: ['x'],
      attachStdin: false,
      attachStdout: true,
      attachStderr: true,
      openStdin: false,
    });
  });

  test('with --rm its removal is waited for', async () => {
    const run = fakeRun();
    expect((await wharf(['run', '--rm', 'busybox'], run)).code).toBe(0);
    expect(run.calls).toEqual(['create', 'attach', 'wait removed', 'start']);
  });

  test('-i hands over the input and closes it', async () => {
    let finish = (): void => undefined;
    const open = new Promise<void>((resolve) => (finish = resolve));
    const run = fakeRun({
      output: (async function* () {
        await open;
        yield { stream: 'stdout' as const, data: Buffer.from('done') };
      })(),
    });
    const stdin = (async function* () {
      yield* typed('a', 'b');
      setTimeout(finish, 10);
    })();
    expect(await wharf(['run', '-i', 'busybox'], { ...run, stdin })).toMatchObject({ out: 'done' });
    expect(run.input).toEqual(['a', 'b']);
    expect(run.calls).toContain('closeStdin');
    expect(run.specs[0]).toMatchObject({ openStdin: true, stdinOnce: true, attachStdin: true });
  });

  test('the detach keys leave the container and give the terminal back', async () => {
    const io = fakeIo({ tty: true, stdin: typed('ls\n', 'x\x10', '\x11rest') });
    const run = fakeRun({
      output: (async function* () {
        yield { stream: 'stdout' as const, data: Buffer.from('$ ') };
        await new Promise(() => undefined);
      })(),
    });
    expect(await wharf(['run', '-it', 'busybox'], { ...run, io })).toMatchObject({ code: 0 });
    expect(run.input).toEqual(['ls\n', 'x']);
    expect(run.calls).toContain('close');
    expect(run.calls).toContain('resize 40x100');
    expect(io.raw).toEqual([true, false]);
    expect(io.raise('SIGWINCH')).toBe(false);
  });

  test('signals that come before the container runs are sent to it afterwards, in order', async () => {
    const io = fakeIo();
    let finish = (): void => undefined;
    const exit = new Promise<WaitResult>((resolve) => (finish = () => resolve(ended(143))));
    const run = fakeRun({
      output: (async function* () {
        await exit;
      })(),
      exit,
      containers: {
        start: () => {
          io.raise('SIGHUP');
          io.raise('SIGTERM');
          run.calls.push('start');
          setTimeout(finish, 20);
          return Promise.resolve(someId);
        },
      },
    });
    expect((await wharf(['run', 'busybox'], { ...run, io })).code).toBe(143);
    expect(run.calls.slice(-3)).toEqual(['start', 'kill SIGHUP', 'kill SIGTERM']);
    expect(io.raise('SIGTERM')).toBe(false);
  });

  test('--sig-proxy=false and a terminal leave signals alone', async () => {
    const heard: boolean[] = [];
    for (const flags of [['--sig-proxy=false'], ['-t']]) {
      const io = fakeIo({ tty: true });
      const run = fakeRun({
        containers: {
          start: () => {
            heard.push(io.raise('SIGTERM'));
            return Promise.resolve(someId);
          },
        },
      });
      await wharf(['run', ...flags, 'busybox'], { ...run, io });
    }
    expect(heard).toEqual([false, false]);
  });

  test('-t with an input that is no terminal is refused', async () => {
    const run = fakeRun();
    const result = await wharf(['run', '-it', 'busybox'], run);
    expect(result).toMatchObject({ code: 1, out: '' });
    expect(result.err).toContain('the input device is not a TTY');
    expect(run.calls).toEqual([]);
  });
});

describe('run detached', () => {
  test('prints the id alone', async () => {
    const run = fakeRun({ warnings: ['something is off'] });
    expect(await wharf(['run', '-d', 'busybox'], run)).toEqual({
      code: 0,
      out: `${someId}\n`,
      err: 'WARNING: something is off\n',
    });
    expect(run.calls).toEqual(['create', 'start']);
    expect(run.specs[0]).toMatchObject({ attachStdout: false, attachStderr: false });
  });

  test('has no use for -a', async () => {
    const result = await wharf(['run', '-d', '-a', 'stdout', 'busybox'], fakeRun());
    expect(result.code).toBe(1);
    expect(result.err).toContain('conflicting options: cannot specify both --attach and --detach');
  });
});

describe('images', () => {
  test('one that is missing is pulled, and stdout stays clean', async () => {
    const run = fakeRun({ missing: true });
    const result = await wharf(['run', 'debian', 'true'], run);
    expect(result).toMatchObject({ code: 0, out: '' });
    expect(result.err).toMatch(/^Unable to find image 'debian:latest' locally\n/);
    expect(run.calls.slice(0, 3)).toEqual(['create', 'pull debian:latest', 'create']);
  });

  test('--pull never does not; --pull always does first; -q is silent', async () => {
    const never = fakeRun({ missing: true });
    const refused = await wharf(['run', '--pull', 'never', 'debian'], never);
    expect(refused).toMatchObject({ code: 125, err: 'wharf: no such image: debian\n' });
    const always = fakeRun();
    expect(await wharf(['run', '--pull=always', '-q', 'debian'], always)).toMatchObject({
      err: '',
    });
    expect(always.calls.slice(0, 2)).toEqual(['pull debian:latest', 'create']);
  });
});

describe('failures', () => {
  test.each([
    [undefined, 125],
    ['126', 126],
    ['127', 127],
    ['1', 125],
  ])('the exit code of a start that fails with %s is %i', async (exitCode, code) => {
    const facts = exitCode === undefined ? {} : { exitCode };
    const run = fakeRun({ startError: new FailedPreconditionError('no good', { facts }) });
    for (const flags of [[], ['-d']]) {
      const result = await wharf(['run', ...flags, 'busybox'], run);
      expect(result).toEqual({ code, out: '', err: 'wharf: no good\n' });
    }
  });

  test('--rm and --restart contradict each other', async () => {
    const result = await wharf(['run', '--rm', '--restart', 'always', 'busybox'], fakeRun());
    expect(result).toMatchObject({ code: 125 });
    expect(result.err).toContain('cannot specify both --restart and --rm');
  });
});

test('--cidfile has the id, and one that exists is refused before anything is done', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'wharf-run-'));
  const path = join(directory, 'id');
  const run = fakeRun();
  expect((await wharf(['run', '-d', '--cidfile', path, 'busybox'], run)).code).toBe(0);
  expect(await readFile(path, 'utf8')).toBe(someId);
  await writeFile(path, 'mine');
  const again = fakeRun();
  const refused = await wharf(['run', '-d', '--cidfile', path, 'busybox'], again);
  expect(refused.code).toBe(125);
  expect(refused.err).toContain('container ID file found');
  expect(again.calls).toEqual([]);
  expect(await readFile(path, 'utf8')).toBe('mine');
  await rm(directory, { recursive: true });
});
