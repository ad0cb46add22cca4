import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { WharfError } from '@wharf/core';

export type Stream = 'stdout' | 'stderr';

export interface UntilOptions {
  /** Where to look; default stdout. */
  readonly in?: Stream;
  /** Milliseconds; default 15000. */
  readonly timeout?: number;
}

/** A program that is left running while the test talks to it over pipes. */
export class Session implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<number>;
  readonly #what: string;
  readonly #text: Record<Stream, string> = { stdout: '', stderr: '' };
  #wake = Promise.withResolvers<void>();
  #over = false;

  constructor(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.#what = [command, ...args].join(' ');
    this.#child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#collect('stdout');
    this.#collect('stderr');
    this.#child.stdin?.on('error', () => undefined);
    this.#closed = once(this.#child, 'close').then(([code, signal]) => {
      this.#over = true;
      this.#wake.resolve();
      return (
        (code as number | null) ?? 128 + (constants.signals[signal as NodeJS.Signals] as number)
      );
    });
    this.#closed.catch(() => undefined);
  }

  #collect(stream: Stream): void {
    this.#child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#text[stream] += chunk;
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#text.stdout;
  }

  get stderr(): string {
    return this.#text.stderr;
  }

  get running(): boolean {
    return !this.#over;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** The end of its standard input. */
  closeInput(): void {
    this.#child.stdin?.end();
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  /** Waits until what it has printed since its start matches; gives the match. */
  async until(pattern: RegExp | string, options: UntilOptions = {}): Promise<RegExpExecArray> {
    const { in: stream = 'stdout', timeout = 15_000 } = options;
    const expression =
      typeof pattern === 'string'
        ? new RegExp(pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        : pattern;
    const deadline = performance.now() + timeout;
    for (;;) {
      const found = expression.exec(this.#text[stream]);
      if (found !== null) return found;
      const left = deadline - performance.now();
      if (this.#over || left <= 0) throw this.#failure(`no ${String(expression)} on ${stream}`);
      await Promise.race([this.#wake.promise, sleep(left, undefined, { ref: false })]);
    }
  }

  /** Its exit code (128 + N for signal N) once it has ended and its output is closed. */
  async ended({ timeout = 15_000 } = {}): Promise<number> {
    const code = await Promise.race([this.#closed, sleep(timeout, undefined, { ref: false })]);
    if (code === undefined) throw this.#failure(`not over after ${timeout} ms`);
    return code;
  }

  #failure(what: string): WharfError {
    return new WharfError(
      'deadline-exceeded',
      `${this.#what}: ${what}; stdout: ${this.stdout}; stderr: ${this.stderr}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.#child.kill('SIGKILL');
    await this.#closed.catch(() => undefined);
  }
}
