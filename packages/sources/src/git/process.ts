import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  FailedPreconditionError,
  isWharfError,
  printable,
  ResourceExhaustedError,
  WharfError,
} from '@wharf/core';
import { cancellation } from '../fault.js';
import { gitEnvironment, meanings } from './environment.js';
import type { Settings } from './environment.js';

/** After the first, polite signal; both go to the whole group. */
const killMs = 1000;
const maxStderr = 16 * 1024;
const maxStdout = 16 * 1024 * 1024;

export interface GitProgram {
  readonly path: string;
  /** An empty directory. */
  readonly home: string;
  readonly idleMs: number;
  /** Where a word of it is shown: the remote, without credentials. */
  readonly shown: string;
}

export interface GitRun {
  readonly args: readonly string[];
  readonly settings?: Settings;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** What is written is for others: 0644 and 0755, whatever the umask of the daemon is. */
  readonly forOthers?: boolean;
  /** Instead of collecting standard output; may throw to end the run. */
  readonly onStdout?: (chunk: Buffer) => void;
  /** Of standard error, a line without control characters. */
  readonly onLine?: (line: string) => void;
  /** Looked at twice a second; a failure ends the run, `true` is progress. */
  readonly watch?: () => Promise<boolean>;
}

/**
 * Runs git in a session of its own to its end. The whole group is killed when the signal fires, within two seconds, and
 * when it has been without progress for the time limit.
 * @throws failed-precondition when git is missing; by `meanings` when it fails
 */
export async function git(program: GitProgram, run: GitRun, signal: AbortSignal): Promise<Buffer> {
  if (signal.aborted) throw cancellation(signal);
  const [path, ...args] = commandOf(program.path, run);
  const child = spawn(path, args, {
    cwd: program.home,
    env: { ...gitEnvironment(program.home, run.settings ?? []), ...run.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const ending = new Ending(child, program, signal);
  const out: Buffer[] = [];
  let size = 0;
  const collect = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > maxStdout)
      throw new ResourceExhaustedError(`${program.shown}: git says more than 16 MiB`);
    out.push(chunk);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    ending.progress();
    ending.guarded(() => (run.onStdout ?? collect)(chunk));
  });
  const words = new Words(run.onLine, () => ending.progress());
  child.stderr.on('data', (chunk: Buffer) => words.add(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(run.stdin ?? '');
  const code = await ending.wait(run.watch);
  if (code === 0) return Buffer.concat(out);
  throw failureOf(program.shown, words.text, code);
}

/** A process has one umask for all its threads, so that only a child may change it. */
function commandOf(path: string, run: GitRun): [string, ...string[]] {
  if (run.forOthers !== true) return [path, ...run.args];
  return ['/bin/sh', '-c', 'umask 022; exec "$0" "$@"', path, ...run.args];
}

/** The end of a process: by itself, by the signal, by a failure of ours, or by silence. */
class Ending {
  readonly #child: ChildProcess;
  readonly #program: GitProgram;
  readonly #signal: AbortSignal;
  #reason: unknown;
  #last = performance.now();
  #killer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, program: GitProgram, signal: AbortSignal) {
    this.#child = child;
    this.#program = program;
    this.#signal = signal;
  }

  progress(): void {
    this.#last = performance.now();
  }

  guarded(work: () => void): void {
    try {
      if (this.#reason === undefined) work();
    } catch (error) {
      this.stop(error);
    }
  }

  stop(reason: unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#kill('SIGTERM');
    this.#killer = setTimeout(() => this.#kill('SIGKILL'), killMs);
  }

  async wait(watch: GitRun['watch']): Promise<number | string> {
    const aborted = (): void => this.stop(cancellation(this.#signal));
    this.#signal.addEventListener('abort', aborted, { once: true });
    if (this.#signal.aborted) aborted();
    const timer = setInterval(() => void this.#look(watch), 500);
    try {
      return await this.#ended();
    } finally {
      clearInterval(timer);
      clearTimeout(this.#killer);
      this.#signal.removeEventListener('abort', aborted);
    }
  }

  async #look(watch: GitRun['watch']): Promise<void> {
    try {
      if ((await watch?.()) === true) this.progress();
    } catch (error) {
      this.stop(error);
    }
    const { idleMs, shown } = this.#program;
    if (performance.now() - this.#last < idleMs) return;
    const text = `${shown}: git made no progress for ${idleMs / 1000} s`;
    this.stop(new WharfError('deadline-exceeded', text));
  }

  #ended(): Promise<number | string> {
    return new Promise((resolve, reject) => {
      this.#child.once('error', (error) => reject(startFailure(this.#program.path, error)));
      // Who is left of the group must not hold the pipes open.
      this.#child.once('exit', () => this.#kill('SIGKILL'));
      this.#child.once('close', (code, killedBy) => {
        if (this.#reason !== undefined) reject(this.#reason);
        else resolve(code ?? killedBy ?? 'unknown');
      });
    });
  }

  #kill(name: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, name);
    } catch {
      // All have ended.
    }
  }
}

function startFailure(path: string, error: Error): WharfError {
  if (isWharfError(error)) return error;
  return new FailedPreconditionError(
    `git cannot be started (${path}): install git, from version 2.38 on`,
    { cause: error, facts: { program: 'git' } },
  );
}

/** Lines of standard error. Those that the remote wrote are kept too, but are no progress: it could go on for ever. */
class Words {
  text = '';
  #rest = '';
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #progress: () => void;

  constructor(onLine: ((line: string) => void) | undefined, progress: () => void) {
    this.#onLine = onLine;
    this.#progress = progress;
  }

  add(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('latin1')).split(/[\r\n]/);
    this.#rest = (lines.pop() ?? '').slice(0, maxStderr);
    for (const line of lines) this.#line(line);
    this.text = this.text.slice(-maxStderr);
  }

  #line(line: string): void {
    const plain = line.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
    if (plain === '') return;
    if (!plain.startsWith('remote:')) this.#progress();
    if (!/\d+%/.test(plain)) this.text += `${plain}\n`;
    this.#onLine?.(plain.slice(0, 200));
  }
}

function failureOf(shown: string, text: string, code: number | string): WharfError {
  const own = text.split('\n').filter((line) => line !== '' && !line.startsWith('remote:'));
  const found = meanings.find(([pattern]) => own.some((line) => pattern.test(line)));
  const telling = found === undefined ? undefined : own.find((line) => found[0].test(line));
  const word = printable(telling ?? own.at(-1) ?? `exit ${code}`, 200);
  const [, errorCode, why] = found ?? ([undefined, 'unavailable', 'git failed'] as const);
  return new WharfError(errorCode, `${shown}: ${why} (${word})`, { facts: { remote: shown } });
}
