import { execFile } from 'node:child_process';
import {
  FailedPreconditionError,
  InvalidArgumentError,
  printable,
  type CallOptions,
  type TopResult,
} from '@wharf/core';

const timeoutMs = 10_000;
const maxOutput = 16 * 1024 * 1024;
const maxArguments = 64;
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The rows of these processes in what `ps ARGS` prints. @throws invalid-argument when ps refuses them or shows no pid */
export async function runPs(
  pids: readonly number[],
  args: readonly string[],
  { signal }: CallOptions,
): Promise<TopResult> {
  if (args.length > maxArguments)
    throw new InvalidArgumentError(`more than ${maxArguments} arguments for ps`);
  for (const arg of args) checkArgument(arg);
  // Some options do not go together with -q: then the whole table is filtered.
  const output = await ps([...args, `-q${pids.join(',')}`], signal).catch(() => ps(args, signal));
  return parsePs(output, new Set(pids));
}

/** A renamed pid column could show anything as a pid. */
function checkArgument(arg: string): void {
  const renamed = /(\S*)=\s*(PID\S*)/.exec(arg);
  if (renamed !== null)
    throw new InvalidArgumentError(`specifying "${printable(renamed[0])}" is not allowed`);
  if (arg.includes('\0'))
    throw new InvalidArgumentError('an argument for ps contains a NUL character');
}

function ps(args: readonly string[], signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = {
    signal,
    timeout: timeoutMs,
    killSignal: 'SIGKILL' as const,
    maxBuffer: maxOutput,
    env: { PATH: path, LC_ALL: 'C.UTF-8' },
    cwd: '/',
  };
  execFile('ps', args, options, (error, stdout, stderr) => {
    if (error === null) resolve(stdout);
    else if (error.code === 'ENOENT') {
      reject(new FailedPreconditionError('ps is not installed on this host', { cause: error }));
    } else {
      const why = stderr.split('\n').find((line) => line.trim() !== '') ?? error.message;
      reject(new InvalidArgumentError(`ps: ${printable(why.trim())}`, { cause: error }));
    }
  });
  return promise;
}

/** As many columns as the header has words; the last one takes what is left of the line. */
export function parsePs(output: string, pids: ReadonlySet<number>): TopResult {
  const [header = '', ...lines] = output.split('\n');
  const titles = words(header);
  const pidColumn = titles.indexOf('PID');
  if (pidColumn < 0) throw new InvalidArgumentError("couldn't find PID field in ps output");
  const processes: string[][] = [];
  let inside = false;
  for (const line of lines) {
    const cells = words(line);
    if (cells.length === 0) continue;
    const pid = cells[pidColumn];
    // A dash is a further line (a thread) of the process above.
    inside = pid === '-' ? inside : pids.has(Number(pid));
    if (inside) processes.push(columns(cells, titles.length));
  }
  return { titles, processes };
}

function words(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== '');
}

function columns(cells: readonly string[], count: number): string[] {
  if (cells.length <= count) return [...cells];
  return [...cells.slice(0, count - 1), cells.slice(count - 1).join(' ')];
}
