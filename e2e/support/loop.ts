import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Counted {
  readonly done: number;
  readonly failed: number;
  /** Milliseconds of the try that took longest. */
  readonly worst: number;
  /** When each that failed did, and how. */
  readonly complaints: string;
}

/** The probe that tries a flow again and again (`probe loop`) until it is told to end. */
export class Loop implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #stdout = '';
  #stderr = '';

  constructor(command: readonly string[]) {
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#child.stdin?.on('error', () => undefined);
    this.#closed = once(this.#child, 'close');
    this.#closed.catch(() => undefined);
  }

  async end(): Promise<Counted> {
    this.#child.stdin?.end();
    await this.#closed;
    const [done = 0, failed = 0, worst = 0] = this.#stdout.trim().split(' ').map(Number);
    return { done, failed, worst, complaints: this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed.catch(() => undefined);
  }
}
