import { WharfError } from '@wharf/core';

/** A program with its arguments and its whole environment. */
export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface CallOptions {
  readonly signal: AbortSignal;
}

/** What every engine's command line gets: nothing of the caller's environment can slow it down. */
export function plainEnv(home: string): Record<string, string> {
  return { PATH: '/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: home, LANG: 'C.UTF-8' };
}

function start<Out extends 'pipe' | 'ignore'>(command: Command, stdout: Out, signal: AbortSignal) {
  signal.throwIfAborted();
  return Bun.spawn([...command.argv], {
    env: { ...command.env },
    stdin: 'ignore' as const,
    stdout,
    stderr: 'pipe' as const,
    signal,
    killSignal: 'SIGKILL',
  });
}

function failed(command: Command, code: number, stderr: string): WharfError {
  return new WharfError(
    'unavailable',
    `${command.argv.join(' ')}: exit code ${code}: ${stderr.trim()}`,
  );
}

/** Milliseconds from before the fork until the exit is known. @throws `unavailable` on any exit code but 0 */
export async function timed(command: Command, { signal }: CallOptions): Promise<number> {
  const before = performance.now();
  const child = start(command, 'ignore', signal);
  const code = await child.exited;
  const duration = performance.now() - before;
  if (code !== 0) throw failed(command, code, await new Response(child.stderr).text());
  return duration;
}

/** Also the highest resident set of the program, or of a child that it waited for, in MB (10^6 bytes). getrusage(2) */
export async function measuredTime(
  command: Command,
  { signal }: CallOptions,
): Promise<{ readonly milliseconds: number; readonly peakMB: number }> {
  const before = performance.now();
  const child = start(command, 'ignore', signal);
  const code = await child.exited;
  const milliseconds = performance.now() - before;
  if (code !== 0) throw failed(command, code, await new Response(child.stderr).text());
  return { milliseconds, peakMB: (child.resourceUsage()?.maxRSS ?? 0) / 1e6 };
}

/** Standard output, without the white space around it. @throws `unavailable` on any exit code but 0 */
export async function output(command: Command, { signal }: CallOptions): Promise<string> {
  const child = start(command, 'pipe', signal);
  const [text, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw failed(command, code, errors);
  return text.trim();
}

export interface Flow {
  readonly bytes: number;
  /** From the first bytes to the end of the output. */
  readonly milliseconds: number;
}

/** Reads the program's output as fast as it comes. @throws `unavailable` on any exit code but 0 */
export async function flow(command: Command, { signal }: CallOptions): Promise<Flow> {
  const child = start(command, 'pipe', signal);
  let bytes = 0;
  let first: number | undefined;
  for await (const chunk of child.stdout) {
    first ??= performance.now();
    bytes += chunk.byteLength;
  }
  const milliseconds = performance.now() - (first ?? performance.now());
  const code = await child.exited;
  if (code !== 0) throw failed(command, code, await new Response(child.stderr).text());
  return { bytes, milliseconds };
}
