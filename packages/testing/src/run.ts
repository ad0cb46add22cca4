import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { WharfError } from '@wharf/core';

export interface RunOptions {
  /** Fed to the program; without it the program's standard input is empty. */
  readonly stdin?: string | Uint8Array;
  /** Added to this process's environment; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Milliseconds until the program is killed and the call fails; default 60000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** Exit code; 128 + N when signal N ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The bytes of standard output, for what is not text. */
  readonly stdoutBytes: Buffer;
}

/**
 * Runs a program to its end: until it has exited and nobody holds its output any more, so that a descriptor left to a
 * background process shows as a timeout. An exit code other than 0 is a result, not an error.
 *
 * @throws `not-found` when the program cannot be started, `deadline-exceeded` after the timeout
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // The program may end without reading its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin);
  const what = [command, ...args].join(' ');
  const code = await ended(child, what, options, () => Buffer.concat([...out, ...err]).toString());
  const stdoutBytes = Buffer.concat(out);
  return {
    code,
    stdout: stdoutBytes.toString(),
    stderr: Buffer.concat(err).toString(),
    stdoutBytes,
  };
}

/** Resolves with the exit code when the child has ended and its streams are closed. */
function ended(
  child: ChildProcess,
  what: string,
  { timeout = 60_000, signal }: RunOptions,
  output: () => string,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const abandon = (error: unknown): void => {
    child.kill('SIGKILL');
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
    reject(error);
  };
  const timer = setTimeout(() => {
    abandon(
      new WharfError('deadline-exceeded', `${what}: not over after ${timeout} ms: ${output()}`),
    );
  }, timeout);
  const onAbort = (): void => abandon(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  child.once('error', (cause) => {
    reject(new WharfError('not-found', `${what}: cannot be started`, { cause }));
  });
  child.once('close', (code, ending) => {
    resolve(code ?? 128 + (ending === null ? 0 : constants.signals[ending]));
  });
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  });
}
