import { spawn } from 'node:child_process';

const timeoutMs = 3000;
const maxOutput = 256 * 1024;

export interface Answer {
  readonly stdout: string;
  /** Why there is none; '' when there is. */
  readonly problem: string;
}

/**
 * What a program prints, run in a session of its own which is killed as a whole after three seconds, 256 KiB, or when
 * the program itself has ended. Never rejects.
 */
export function ask(
  path: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const command = `"${path} ${args.join(' ')}"`;
  const child = spawn(path, args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      XDG_RUNTIME_DIR: cwd,
    },
  });
  const chunks: Buffer[] = [];
  let size = 0;
  const finish = (problem: string): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    killSession(child.pid);
    child.stdout.destroy();
    resolve({ stdout: Buffer.concat(chunks).toString(), problem });
  };
  const onAbort = (): void => finish(`${command} was cancelled`);
  const timer = setTimeout(
    () => finish(`${command} did not end within ${timeoutMs / 1000} s`),
    timeoutMs,
  );
  signal.addEventListener('abort', onAbort, { once: true });
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    chunks.push(chunk);
    if (size > maxOutput) finish(`${command} printed too much`);
  });
  child.once('error', (error: NodeJS.ErrnoException) =>
    finish(`${command} cannot be executed: ${error.code ?? error.name}`),
  );
  // What it left behind must not keep the pipe open; all that it wrote has been read at 'close'.
  child.once('exit', () => killSession(child.pid));
  child.once('close', (code, killedBy) => finish(endedBadly(command, code, killedBy)));
  return promise;
}

function endedBadly(command: string, code: number | null, killedBy: string | null): string {
  if (code === 0) return '';
  return code === null
    ? `${command} was killed by ${String(killedBy)}`
    : `${command} failed with exit code ${code}`;
}

function killSession(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All have ended.
  }
}
