import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { CancelledError, UnavailableError, type CallOptions } from '@wharf/core';
import type { Native } from '@wharf/linux/native';

const readyMs = 20_000;

export interface ResolverProcessOptions {
  readonly native: Native;
  /** The executable that is also wharf-shim. */
  readonly executable: string;
  /** Of the resolver alone, 0700: its socket, its state, its complaints. */
  readonly directory: string;
  /** `cgroup.procs` files that it joins, so that it is not in the daemon's own groups. */
  readonly cgroupProcs: readonly string[];
}

/** Starts a resolver in a session of its own and waits until it listens. One that runs already makes this one end at once. */
export async function startResolver(
  { native, executable, directory, cgroupProcs }: ResolverProcessOptions,
  { signal }: CallOptions,
): Promise<void> {
  const ready = native.pipe();
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const errors = openSync(join(directory, 'resolver.err'), flags, 0o600);
  try {
    native.spawnDetached({
      file: executable,
      argv: ['wharf-resolver', directory],
      env: [
        'BUN_JSC_useConcurrentGC=0',
        'BUN_JSC_numberOfGCMarkers=1',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ],
      cwd: directory,
      stdio: [undefined, ready.write, errors],
      cgroupProcs,
      oomScoreAdj: -998,
    });
  } catch (cause) {
    closeSync(ready.read);
    throw new UnavailableError(`cannot execute ${executable}`, { cause });
  } finally {
    closeSync(ready.write);
    closeSync(errors);
  }
  await endOrByte(ready.read, signal);
}

/** Resolves with the byte that says it listens, or its end. */
function endOrByte(fd: number, signal: AbortSignal): Promise<void> {
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
    const timer = setTimeout(() => settle(resolve), readyMs);
    signal.addEventListener('abort', onAbort, { once: true });
    pipe.on('error', () => settle(resolve));
    pipe.once('data', () => settle(resolve));
    pipe.once('end', () => settle(resolve));
    if (signal.aborted) onAbort();
  });
}
