import { spawn } from 'node:child_process';
import { FailedPreconditionError, UnavailableError, type CallOptions } from '@wharf/core';

const keptBytes = 64 * 1024;

export interface RunOptions extends CallOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Told of each line of standard error. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program of the host to its end; its standard output. failed-precondition names the package when it is missing. */
export async function runProgram(
  file: string,
  args: readonly string[],
  remedy: string,
  options: RunOptions,
): Promise<string> {
  const { signal, env = {}, onLine } = options;
  const child = spawn(file, args, { signal, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < keptBytes) output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-keptBytes);
    for (const line of text.split('\n')) if (line.trim() !== '') onLine?.(line.trim());
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'ENOENT'
          ? new FailedPreconditionError(`${file} is missing, ${remedy}`)
          : error,
      );
    });
    child.on('close', resolve);
  });
  if (code !== 0) {
    const last = errors.trim().split('\n').slice(-3).join('; ');
    throw new UnavailableError(`${file} failed with code ${code}: ${last}`);
  }
  return output;
}
