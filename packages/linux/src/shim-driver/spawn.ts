import { join } from 'node:path';
import { UnavailableError, type CallOptions, type ProcessIdentity } from '@wharf/core';
import { identifyProcess } from '@wharf/linux/native';
import { killAndReap, spawnReady } from '../host/spawn-ready.js';
import type { ShimDriverOptions } from './options.js';
import { openConnection, type ShimConnection } from './socket.js';

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
  const { pid, ready } = spawnReady(
    {
      native,
      file: options.shimPath,
      argv: ['wharf-shim', directory, ...options.unmount],
      env: environment,
      directory,
      errors: 'shim.err',
      append: true,
      cgroupProcs: options.cgroupProcs ?? [],
    },
    call,
  );
  const identity = identifyProcess(pid, options.bootId);
  try {
    if (!(await ready) || identity === undefined) {
      throw new UnavailableError(`the shim did not start, see ${join(directory, 'shim.err')}`);
    }
    return { identity, connection: await openConnection(directory, call) };
  } catch (error) {
    killAndReap(native, pid);
    throw error;
  }
}
