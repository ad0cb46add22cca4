import type { ContainerMount } from '@wharf/core';
import type { NewEvent } from '../state/state.js';
import type { VolumeRecord } from './records.js';

/** Docker's attributes of create and destroy: the driver. */
export function volumeEvent(
  action: string,
  { name, driver }: Pick<VolumeRecord, 'name' | 'driver'>,
  more: Readonly<Record<string, string>> = {},
): NewEvent {
  return { type: 'volume', action, actorId: name, attributes: { driver, ...more } };
}

/** A container came to use it, or does so no longer. */
export function mountEvent(
  action: 'mount' | 'unmount',
  container: string,
  { name, driver, target, propagation, readWrite }: ContainerMount,
): NewEvent {
  const how =
    action === 'mount' ? { destination: target, propagation, 'read/write': String(readWrite) } : {};
  return volumeEvent(action, { name, driver }, { container, ...how });
}
