import { existsSync } from 'node:fs';
import { UnavailableError, type ContainerId } from '@wharf/core';
import { leaveable } from '../concurrency/flights.js';
import type { ContainerContext } from './dependencies.js';
import { cgroupPath } from './observe.js';
import { releaseSharedMemory } from './shared-memory.js';

const limitMs = 60_000;

/**
 * What a task holds of the kernel goes: runtime state, control groups, mounts, the shim itself; its bundle last, so that
 * an absent bundle proves that nothing is left. Callers at the same time share the work, and wait for no part of it that
 * hears no signal, such as an unmount of a server that is gone. Idempotent.
 */
export function releaseTask(context: ContainerContext, id: ContainerId): Promise<void> {
  const limit = AbortSignal.timeout(limitMs);
  const released = context.releases.join(id, { signal: limit }, (signal) =>
    release(context, id, signal),
  );
  return leaveable(released, limit);
}

async function release(
  context: ContainerContext,
  id: ContainerId,
  signal: AbortSignal,
): Promise<void> {
  const { bundle } = context.paths(id);
  const record = context.records.find(id);
  if (record !== undefined) await releaseSharedMemory(context, record);
  const task = context.tasks.find(id);
  if (task !== undefined) {
    await Promise.all([task.remove({ signal }), context.networks.close(id, { signal })]);
    context.tasks.forget(id);
    await releaseVolumes(context, id, signal);
    await context.files.removeTree(bundle, { signal });
    return;
  }
  if (existsSync(bundle)) await removeBundle(context, id, bundle, signal);
  await context.networks.close(id, { signal });
  await releaseVolumes(context, id, signal);
}

async function releaseVolumes(
  { volumes, records }: ContainerContext,
  id: ContainerId,
  signal: AbortSignal,
): Promise<void> {
  const mounts = records.find(id)?.resolved.mounts ?? [];
  await volumes.unmount(id, mounts, { signal });
}

async function removeBundle(
  context: ContainerContext,
  id: ContainerId,
  bundle: string,
  signal: AbortSignal,
): Promise<void> {
  await endForgottenShim(context, id, signal);
  const { resolved } = context.records.get(id);
  await context.taskPort.cleanUp(id, {
    bundle,
    cgroupPath: cgroupPath(context, id),
    runtime: resolved.runtime,
    signal,
  });
}

/** A shim that reported an end to a daemon which died before it released the task. */
async function endForgottenShim(
  { taskPort, paths, records }: ContainerContext,
  id: ContainerId,
  signal: AbortSignal,
): Promise<void> {
  const found = await taskPort.connect(id, paths(id).bundle, undefined, { signal });
  if (found.kind === 'silent') {
    throw new UnavailableError(
      `the shim of container ${records.get(id).name} does not answer, try again later`,
    );
  }
  if (found.kind === 'gone') return;
  await found.task.remove({ signal });
  found.task.disconnect();
}
