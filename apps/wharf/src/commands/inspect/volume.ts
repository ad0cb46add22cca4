import type { Volume } from '@wharf/core';
import { mapOf } from './values.js';

/** A volume in the shape of docker's inspect, with what Wharf adds where there is any. */
export function inspectVolume(volume: Volume): object {
  const { labels, driverOptions, status, snapshots, size, usedBy } = volume;
  return {
    CreatedAt: seconds(volume.createdAt),
    Driver: volume.driver,
    Labels: mapOrNull(labels),
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Options: mapOrNull(driverOptions),
    Scope: volume.scope,
    ...(Object.keys(status).length === 0 ? {} : { Status: mapOf(status) }),
    ...(size === undefined ? {} : { UsageData: { Size: size, RefCount: usedBy.length } }),
    Anonymous: volume.anonymous,
    UsedBy: usedBy,
    Snapshots: snapshots.map(({ name, createdAt }) => ({
      Name: name,
      CreatedAt: createdAt.toISOString(),
    })),
  };
}

/** RFC 3339 without a fraction. */
function seconds(moment: Date): string {
  return `${moment.toISOString().slice(0, 19)}Z`;
}

function mapOrNull(record: Readonly<Record<string, string>>): ReadonlyMap<string, string> | null {
  return Object.keys(record).length === 0 ? null : mapOf(record);
}
