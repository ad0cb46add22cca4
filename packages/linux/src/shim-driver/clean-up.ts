import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError, type CallOptions, type ProcessIdentity } from '@wharf/core';
import { isProcessAlive, killCgroup, removeCgroup, type CgroupPlace } from '@wharf/linux/native';
import { proveDead } from './death.js';
import type { ShimDriverOptions } from './options.js';

const deleteMs = 30_000;

export interface Remains {
  readonly id: string;
  readonly bundle: string;
  readonly cgroupPath: string;
  readonly runtime: string;
  readonly shim?: ProcessIdentity;
}

/**
 * Sweeps up after a shim that is gone: processes, runtime state, control groups, bundle. Its mounts went with its
 * namespace. Idempotent.
 * @throws unavailable while processes do not die
 */
export async function cleanUpRemains(
  options: ShimDriverOptions,
  remains: Remains,
  call: CallOptions,
): Promise<void> {
  if (remains.shim !== undefined) await endShim(options, remains.shim);
  const place: CgroupPlace = { version: options.cgroupVersion, path: remains.cgroupPath };
  if (!(await killCgroup(place))) {
    throw new UnavailableError(`processes of container ${remains.id} do not die`);
  }
  await deleteRuntimeState(options, remains, call);
  if (!removeCgroup(place)) {
    throw new UnavailableError(`the control groups of container ${remains.id} are busy`);
  }
  await removeBundle(remains.bundle);
}

async function endShim(options: ShimDriverOptions, shim: ProcessIdentity): Promise<void> {
  if (isProcessAlive(shim, options.bootId)) process.kill(shim.pid, 'SIGKILL');
  if (await proveDead(shim, options)) return;
  throw new UnavailableError(`the shim ${shim.pid} does not die`);
}

export function removeBundle(bundle: string): Promise<void> {
  return rm(bundle, { recursive: true, force: true });
}

/** `runtime delete --force`, killed when it hangs. That it fails is normal: mostly there is nothing to delete. */
async function deleteRuntimeState(
  options: ShimDriverOptions,
  remains: Remains,
  { signal }: CallOptions,
): Promise<void> {
  const { path, globalArgs } = options.runtime(remains.runtime);
  const pid = options.native.spawnDetached({
    file: path,
    argv: [path, ...globalArgs, 'delete', '--force', remains.id],
    env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    cwd: '/',
    newMountNamespace: true,
    unmount: options.unmount,
  });
  const deadline = performance.now() + deleteMs;
  for (let pause = 2; options.native.waitpid(pid) === null; pause = Math.min(pause * 2, 50)) {
    if (performance.now() > deadline || signal.aborted) process.kill(pid, 'SIGKILL');
    await sleep(pause);
  }
}
