import type { CallOptions, Volume } from '@wharf/core';
import { treeSize } from '../containers/size.js';
import { volumePaths, type VolumeContext, type VolumeUser } from './context.js';
import { withContent } from './content.js';
import type { VolumeRecord } from './records.js';

/** As callers see it. */
export function toVolume(
  context: VolumeContext,
  record: VolumeRecord,
  users: readonly VolumeUser[] = context.users(),
): Volume {
  const { name, driver, createdAt, labels, options, anonymous, snapshots } = record;
  return {
    name,
    driver,
    createdAt,
    labels,
    driverOptions: options,
    mountpoint: volumePaths(context, name).data,
    scope: 'local',
    anonymous,
    status: {},
    usedBy: users.filter(({ volumes }) => volumes.includes(name)).map(({ id }) => id),
    snapshots: snapshots.map((one) => ({ name: one.name, createdAt: one.createdAt })),
  };
}

/** Bytes of its files; -1 where that cannot be known, as in docker. */
export async function volumeSize(
  context: VolumeContext,
  { name, options }: VolumeRecord,
  { signal }: CallOptions,
): Promise<number> {
  if (Object.hasOwn(options, 'device')) return -1;
  return withContent(context, name, { signal }, (path) => treeSize(path, signal));
}

export async function sizedVolume(
  context: VolumeContext,
  record: VolumeRecord,
  { signal, users }: CallOptions & { readonly users?: readonly VolumeUser[] },
): Promise<Volume> {
  const size = await volumeSize(context, record, { signal });
  return { ...toVolume(context, record, users), size };
}
