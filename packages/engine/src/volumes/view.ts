import type { CallOptions, Volume } from '@wharf/core';
import { treeSize } from '../containers/size.js';
import { volumePaths, type VolumeContext, type VolumeUser } from './context.js';
import { withContent } from './content.js';
import { isLocal } from './plugins.js';
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
    mountpoint: isLocal(record) ? volumePaths(context, name).data : '',
    scope: record.scope ?? 'local',
    anonymous,
    status: {},
    usedBy: users.filter(({ volumes }) => volumes.includes(name)).map(({ id }) => id),
    snapshots: snapshots.map((one) => ({ name: one.name, createdAt: one.createdAt })),
  };
}

/** With what its plugin says of it, where it has one that answers. */
export async function describedVolume(
  context: VolumeContext,
  volume: Volume,
  { signal }: CallOptions,
): Promise<Volume> {
  if (isLocal(volume)) return volume;
  try {
    const driver = await context.drivers.find(volume.driver, { signal });
    return { ...volume, ...(await driver?.get(volume.name, { signal })) };
  } catch (error) {
    context.logger.warn('a plugin does not describe a volume', { volume: volume.name, error });
    return volume;
  }
}

/** Bytes of its files; -1 where that cannot be known, as in docker. */
export async function volumeSize(
  context: VolumeContext,
  record: VolumeRecord,
  { signal }: CallOptions,
): Promise<number> {
  const { name, options } = record;
  if (Object.hasOwn(options, 'device') || !isLocal(record)) return -1;
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
