import { join } from 'node:path';
import { FailedPreconditionError, type ContainerId } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import type { ContainerRecord } from './records.js';

const defaultBytes = 64n << 20n;
const prefix = 'container:';

/** Where the memory lies that a shareable container and those who join its ipc namespace have as /dev/shm. */
export function sharedMemoryPath(context: ContainerContext, id: ContainerId): string {
  return join(context.roots.run, '..', 'shm', id);
}

/** Mounted for a shareable container, the donor's for one that joins; undefined where nothing is shared. */
export async function sharedMemory(
  context: ContainerContext,
  record: ContainerRecord,
): Promise<string | undefined> {
  const { ipc } = record.spec.namespaces;
  if (ipc === 'shareable') {
    const path = sharedMemoryPath(context, record.id);
    const { shmSize } = record.spec.resources;
    await context.host.mountSharedMemory(path, shmSize === 0n ? defaultBytes : shmSize);
    return path;
  }
  if (!ipc.startsWith(prefix)) return undefined;
  const donor = context.records.lookup(ipc.slice(prefix.length));
  if (donor.spec.namespaces.ipc !== 'shareable') {
    throw new FailedPreconditionError(
      `cannot join IPC of container ${donor.name}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
    );
  }
  return sharedMemoryPath(context, donor.id);
}

/** Joiners keep what they have mounted; the name goes. */
export async function releaseSharedMemory(
  context: ContainerContext,
  record: ContainerRecord,
): Promise<void> {
  if (record.spec.namespaces.ipc !== 'shareable') return;
  await context.host.unmountSharedMemory(sharedMemoryPath(context, record.id));
}
