import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import {
  CancelledError,
  UnavailableError,
  type CallOptions,
  type ProcessIdentity,
} from '@wharf/core';
import { identifyProcess } from '@wharf/linux/native';
import type { ShimDriverOptions } from './options.js';
import { openConnection, type ShimConnection } from './socket.js';

/** A shim is ready in some milliseconds; a loaded machine gets time. */
const readyMs = 20_000;

/** The small interpreter: no compiler threads, no parallel marking. */
const environment = [
  'BUN_JSC_useJIT=0',
  'BUN_JSC_useConcurrentGC=0',
  'BUN_JSC_numberOfGCMarkers=1',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
];

/** A shim that listens in its directory and has no task yet: it ends when its connection closes. */
export interface IdleShim {
  readonly identity: ProcessIdentity;
  readonly connection: ShimConnection;
}

/** Starts a shim in a session of its own, waits until it listens, connects. On failure it is killed. */
export async function spawnShim(
  options: ShimDriverOptions,
  directory: string,
  call: CallOptions,
): Promise<IdleShim> {
  const { native } = options;
  const ready = native.pipe();
  const errors = openErrors(directory);
  let pid: number;
  try {
    pid = native.spawnDetached({
      file: options.shimPath,
      argv: ['wharf-shim', directory, ...options.unmount],
      env: environment,
      cwd: directory,
      stdio: [undefined, ready.write, errors],
      cgroupProcs: options.cgroupProcs ?? [],
      oomScoreAdj: -998,
    });
  } catch (cause) {
    closeSync(ready.read);
    throw new UnavailableError(`cannot execute ${options.shimPath}`, { cause });
  } finally {
    closeSync(ready.write);
    closeSync(errors);
  }
  const identity = identifyProcess(pid, options.bootId);
  try {
    if (!(await isReady(ready.read, call.signal)) || identity === undefined) {
      throw new UnavailableError(`the shim did not start, see ${join(directory, 'shim.err')}`);
    }
    return { identity, connection: await openConnection(directory, call) };
  } catch (error) {
    killAndReap(options, pid);
    throw error;
  }
}

function openErrors(directory: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
  return openSync(join(directory, 'shim.err'), flags, 0o600);
}

/** True for the byte that says it listens, false when the pipe ends without one or time is up. Closes the descriptor. */
function isReady(fd: number, signal: AbortSignal): Promise<boolean> {
  const pipe = new Socket({ fd, readable: true, writable: false });
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      pipe.destroy();
      finish();
    };
    const onAbort = () =>
      settle(() => reject(new CancelledError(undefined, { cause: signal.reason })));
    const timer = setTimeout(() => settle(() => resolve(false)), readyMs);
    signal.addEventListener('abort', onAbort, { once: true });
    pipe.on('error', () => settle(() => resolve(false)));
    pipe.once('data', () => settle(() => resolve(true)));
    pipe.once('end', () => settle(() => resolve(false)));
    if (signal.aborted) onAbort();
  });
}

function killAndReap({ native }: ShimDriverOptions, pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
    // Dies at once; a look later it is collected by whoever asks next.
    setTimeout(() => {
      try {
        native.waitpid(pid);
      } catch {
        // Collected already.
      }
    }, 100).unref();
  } catch {
    // It has ended by itself.
  }
}
