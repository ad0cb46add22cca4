import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { CancelledError, UnavailableError, type CallOptions } from '@wharf/core';
import type { Native } from '@wharf/linux/native';

/** Ready in some milliseconds; a loaded machine gets time. */
const readyMs = 20_000;
/** Dies at once when killed; a look later it is collected. */
const collectMs = 100;

export interface SpawnReadyOptions {
  readonly native: Native;
  readonly file: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  /** Where it starts, and where `errors` is. */
  readonly directory: string;
  /** The name of the file that is its standard error. */
  readonly errors: string;
  /** Whether that file keeps what others have written. */
  readonly append: boolean;
  /** `cgroup.procs` files that it joins. */
  readonly cgroupProcs: readonly string[];
}

/** A child in a session of its own; whoever started it collects it. */
export interface Spawned {
  readonly pid: number;
  /** True for the byte on its standard output that says it listens, false when it ended without one or time is up. */
  readonly ready: Promise<boolean>;
}

/** Starts what outlives the daemon: of its descriptors it has the pipe and the file alone. unavailable when it cannot be executed. */
export function spawnReady(options: SpawnReadyOptions, { signal }: CallOptions): Spawned {
  const { native, file, directory } = options;
  const errors = openErrors(options);
  let ready: { readonly read: number; readonly write: number };
  try {
    ready = native.pipe();
  } catch (error) {
    closeSync(errors);
    throw error;
  }
  try {
    const pid = native.spawnDetached({
      file,
      argv: [...options.argv],
      env: [...options.env],
      cwd: directory,
      stdio: [undefined, ready.write, errors],
      cgroupProcs: [...options.cgroupProcs],
      oomScoreAdj: -998,
    });
    return { pid, ready: endOrByte(ready.read, signal) };
  } catch (cause) {
    closeSync(ready.read);
    throw new UnavailableError(`cannot execute ${file}`, { cause });
  } finally {
    closeSync(ready.write);
    closeSync(errors);
  }
}

/** Kills a child that is of no use, and collects it. Nothing is waited for. */
export function killAndReap(native: Native, pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
    collect(native, pid);
  } catch {
    // Collected already.
  }
}

/** Collects a child that is ending, a moment later. Nothing is waited for. */
export function collect(native: Native, pid: number): void {
  setTimeout(() => {
    try {
      native.waitpid(pid);
    } catch {
      // Collected already.
    }
  }, collectMs).unref();
}

function openErrors({ directory, errors, append }: SpawnReadyOptions): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
  const how = append ? constants.O_APPEND : constants.O_TRUNC;
  return openSync(join(directory, errors), flags | how, 0o600);
}

/** Closes the descriptor. */
function endOrByte(fd: number, signal: AbortSignal): Promise<boolean> {
  const pipe = new Socket({ fd, readable: true, writable: false });
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      pipe.destroy();
      finish();
    };
    const onAbort = (): void =>
      settle(() => reject(new CancelledError(undefined, { cause: signal.reason })));
    const timer = setTimeout(() => settle(() => resolve(false)), readyMs);
    signal.addEventListener('abort', onAbort, { once: true });
    pipe.on('error', () => settle(() => resolve(false)));
    pipe.once('data', () => settle(() => resolve(true)));
    pipe.once('end', () => settle(() => resolve(false)));
    if (signal.aborted) onAbort();
  });
}
