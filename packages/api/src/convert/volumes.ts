import type { Volume, VolumeEntry, VolumeSnapshot, VolumeSpec } from '@wharf/core';
import { VolumeScope } from '../gen/wharf/v1/volumes.js';
import type * as wire from '../gen/wharf/v1/volumes.js';
import { enumPair } from './enums.js';
import { dateFromWire, dateToWire } from './times.js';
import {
  defined,
  eachFromWire,
  listFromWire,
  numberFromWire,
  numberToWire,
  recordFromWire,
  recordToWire,
  required,
} from './values.js';

const notMeasured = -1n;

const scopes = enumPair('scope of a volume', {
  local: VolumeScope.LOCAL,
  global: VolumeScope.GLOBAL,
});

export function volumeSpecFromWire(message: wire.VolumeSpec | undefined): VolumeSpec {
  const spec = required(message, 'spec');
  return {
    name: spec.name,
    driver: spec.driver,
    driverOptions: recordFromWire(spec.driverOptions, 'driver_options'),
    labels: recordFromWire(spec.labels, 'labels'),
  };
}

export function volumeSpecToWire(spec: VolumeSpec): wire.VolumeSpec {
  return {
    ...spec,
    driverOptions: recordToWire(spec.driverOptions),
    labels: recordToWire(spec.labels),
  };
}

export function volumeFromWire(message: wire.Volume | undefined): Volume {
  const volume = required(message, 'volume');
  const { sizeBytes } = volume;
  return defined({
    name: volume.name,
    driver: volume.driver,
    createdAt: dateFromWire(volume.createdAt, 'volume.created_at'),
    labels: recordFromWire(volume.labels, 'volume.labels'),
    driverOptions: recordFromWire(volume.driverOptions, 'volume.driver_options'),
    mountpoint: volume.mountpoint,
    scope: scopes.fromWire(volume.scope),
    anonymous: volume.anonymous,
    status: recordFromWire(volume.status, 'volume.status'),
    usedBy: listFromWire(volume.usedBy, 'volume.used_by'),
    size: sizeBytes < 0n ? undefined : numberFromWire(sizeBytes, 'volume.size_bytes'),
    snapshots: eachFromWire(volume.snapshots, 'volume.snapshots', volumeSnapshotFromWire),
  });
}

export function volumeToWire({ size, ...volume }: Volume): wire.Volume {
  return {
    ...volume,
    createdAt: dateToWire(volume.createdAt),
    labels: recordToWire(volume.labels),
    driverOptions: recordToWire(volume.driverOptions),
    scope: scopes.toWire(volume.scope),
    status: recordToWire(volume.status),
    usedBy: [...volume.usedBy],
    sizeBytes: size === undefined ? notMeasured : numberToWire(size, 'size of a volume'),
    snapshots: volume.snapshots.map(volumeSnapshotToWire),
  };
}

export function volumeSnapshotFromWire(message: wire.VolumeSnapshot | undefined): VolumeSnapshot {
  const { name, createdAt } = required(message, 'snapshot');
  return { name, createdAt: dateFromWire(createdAt, 'snapshot.created_at') };
}

export function volumeSnapshotToWire({ name, createdAt }: VolumeSnapshot): wire.VolumeSnapshot {
  return { name, createdAt: dateToWire(createdAt) };
}

export function volumeEntryFromWire({ path, digest }: wire.VolumeEntry): VolumeEntry {
  return { path: path.toString('latin1'), digest };
}

export function volumeEntryToWire({ path, digest }: VolumeEntry): wire.VolumeEntry {
  return { path: Buffer.from(path, 'latin1'), digest };
}

/** Paths of a volume are bytes, each a character (latin1) here. */
export function volumePathsFromWire(paths: readonly Buffer[]): readonly string[] {
  return paths.map((path) => path.toString('latin1'));
}

/** In groups that fit a message each. */
export function* volumePathsToWire(paths: readonly string[]): Generator<wire.VolumePaths> {
  let group: Buffer[] = [];
  let bytes = 0;
  for (const path of paths) {
    const encoded = Buffer.from(path, 'latin1');
    if (group.length === pathsOfMessage || bytes + encoded.byteLength > bytesOfMessage) {
      yield { paths: group };
      group = [];
      bytes = 0;
    }
    group.push(encoded);
    bytes += encoded.byteLength;
  }
  if (group.length > 0) yield { paths: group };
}

const pathsOfMessage = 5000;
const bytesOfMessage = 1024 * 1024;
