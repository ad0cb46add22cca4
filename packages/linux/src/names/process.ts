import type { CallOptions } from '@wharf/core';
import type { Native } from '@wharf/linux/native';
import { killAndReap, spawnReady } from '../host/spawn-ready.js';

export interface ResolverProcessOptions {
  readonly native: Native;
  /** The executable that is also wharf-shim. */
  readonly executable: string;
  /** Of the resolver alone, 0700: its socket, its state, its complaints. */
  readonly directory: string;
  /** `cgroup.procs` files that it joins, so that it is not in the daemon's own groups. */
  readonly cgroupProcs: readonly string[];
}

/**
 * Starts a resolver in a session of its own and waits until it listens; gives its pid, to be collected when it has ended.
 * Undefined when it does not listen: one that runs already makes this one end at once, and one that is late is killed.
 */
export async function startResolver(
  { native, executable, directory, cgroupProcs }: ResolverProcessOptions,
  call: CallOptions,
): Promise<number | undefined> {
  const { pid, ready } = spawnReady(
    {
      native,
      file: executable,
      argv: ['wharf-resolver', directory],
      env: [
        'BUN_JSC_useConcurrentGC=0',
        'BUN_JSC_numberOfGCMarkers=1',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ],
      directory,
      errors: 'resolver.err',
      append: false,
      cgroupProcs,
    },
    call,
  );
  let listens = false;
  try {
    listens = await ready;
  } finally {
    if (!listens) killAndReap(native, pid);
  }
  return listens ? pid : undefined;
}
