import { FailedPreconditionError } from '@wharf/core';
import { run } from '@wharf/testing';
import type { RunOptions, RunResult } from '@wharf/testing';

/** A command line with what is always said to it: the words before a verb and its variables. */
export class Tool {
  /** Program and arguments; `env` comes first, so that tools with variables of their own can share a pipe. */
  readonly words: readonly string[];

  constructor(
    program: string,
    flags: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    this.words = ['env', ...variables, program, ...flags];
  }

  cli(args: readonly string[], options?: RunOptions): Promise<RunResult> {
    const [program = '', ...words] = this.words;
    return run(program, [...words, ...args], { timeout: 45_000, ...options });
  }

  /** For steps that must succeed: gives standard output without its last newline. */
  async ok(args: readonly string[], options?: RunOptions): Promise<string> {
    return succeeded(args.join(' '), await this.cli(args, options));
  }

  /** For steps that must be refused: gives standard error. */
  async refused(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.cli(args);
    if (code !== 0) return stderr;
    throw new FailedPreconditionError(`${args.join(' ')}: was not refused: ${stderr}${stdout}`);
  }

  /** `this FROM | other TO`; both must succeed. Gives standard output of the last without its last newline. */
  async pipe(from: readonly string[], other: Tool, to: readonly string[]): Promise<string> {
    const [first, second] = [
      [...this.words, ...from],
      [...other.words, ...to],
    ];
    const script = 'n=$1; shift; "${@:1:n}" | "${@:n+1}"';
    const words = ['-o', 'pipefail', '-c', script, 'pipe', `${first.length}`, ...first, ...second];
    const what = `${from.join(' ')} | ${to.join(' ')}`;
    return succeeded(what, await run('bash', words, { timeout: 45_000 }));
  }
}

function succeeded(what: string, { code, stdout, stderr }: RunResult): string {
  if (code === 0) return stdout.replace(/\n$/, '');
  throw new FailedPreconditionError(`${what}: exit code ${code}: ${stderr}${stdout}`);
}
