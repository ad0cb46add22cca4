import { WharfError, type CallOptions } from '@wharf/core';
import type { VolumeContext } from './context.js';
import type { VolumeDriver } from './drivers.js';
import type { VolumeRecord } from './records.js';

export function isLocal({ driver }: Pick<VolumeRecord, 'driver'>): boolean {
  return driver === 'local';
}

/** not-found in docker's words. */
export async function driverOf(
  { drivers }: Pick<VolumeContext, 'drivers'>,
  driver: string,
  options: CallOptions,
): Promise<VolumeDriver> {
  const found = await drivers.find(driver, options);
  if (found !== undefined) return found;
  throw new WharfError(
    'not-found',
    `error looking up volume plugin ${driver}: plugin "${driver}" not found`,
    { facts: { kind: 'plugin', name: driver } },
  );
}

/**
 * Where the plugin has it for `id`. The record says so before the plugin does, so that a daemon that dies between gives
 * it back later. The caller holds the lock of the content.
 */
export async function mountPlugin(
  context: VolumeContext,
  name: string,
  id: string,
  options: CallOptions,
): Promise<string> {
  const record = context.records.get(name);
  const driver = await driverOf(context, record.driver, options);
  const { mountedBy = [] } = record;
  if (!mountedBy.includes(id)) context.records.update({ ...record, mountedBy: [...mountedBy, id] });
  try {
    return await driver.mount(name, id, options);
  } catch (error) {
    forget(context, name, id);
    throw error;
  }
}

/** Idempotent. A plugin that is gone has nothing mounted. The caller holds the lock of the content. */
export async function unmountPlugin(
  context: VolumeContext,
  name: string,
  id: string,
  options: CallOptions,
): Promise<void> {
  const record = context.records.find(name);
  if (record?.mountedBy?.includes(id) !== true) return;
  try {
    const driver = await context.drivers.find(record.driver, options);
    await driver?.unmount(name, id, options);
  } catch (error) {
    context.logger.warn('a plugin did not unmount a volume', { volume: name, error });
  }
  forget(context, name, id);
}

function forget(context: VolumeContext, name: string, id: string): void {
  const record = context.records.find(name);
  if (record === undefined) return;
  const mountedBy = (record.mountedBy ?? []).filter((each) => each !== id);
  context.records.update({ ...record, mountedBy });
}
