import { existsSync } from 'node:fs';
import { mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import type { CallOptions } from '@wharf/core';
import { isFullId } from '@wharf/core';
import { usersOf, volumePaths, type VolumeContext } from './context.js';
import { needsMount, unmountContent } from './content.js';
import { volumeEvent } from './events.js';
import { finishSealing, sweepLayers } from './layers.js';
import { isLocal, unmountPlugin } from './plugins.js';
import type { VolumeRecord } from './records.js';
import { sweepTrash } from './remove.js';

/**
 * Brings records, directories and mounts in line, once, before the first call and before containers are adopted: renames
 * and snapshots that were half done, directories without a record (of anonymous volumes), what nobody has mounted.
 */
export async function adoptVolumes(
  context: VolumeContext,
  { signal }: CallOptions,
): Promise<readonly string[]> {
  const { records } = context;
  await mkdir(context.root, { recursive: true, mode: 0o701 });
  const done = records.quarantined.map((name) => `volume ${name} has a record that cannot be read`);
  for (const { id, active } of context.users()) if (active) context.mounted.add(id);
  const swept = await sweepTrash(context);
  if (swept > 0) done.push(`${swept} interrupted removals of volumes were finished`);
  for (const record of records.all()) {
    signal.throwIfAborted();
    const said = await adoptOne(context, record);
    if (said !== undefined) done.push(`volume ${record.name}: ${said}`);
  }
  await sweepLayers(context);
  const found = await adoptDirectories(context);
  if (found > 0) done.push(`${found} volumes without a record were adopted as anonymous ones`);
  return done;
}

async function adoptOne(context: VolumeContext, record: VolumeRecord): Promise<string | undefined> {
  const { records, logger } = context;
  const { name, renaming } = record;
  if (renaming !== undefined) {
    const { renaming: _, ...settled } = record;
    if (existsSync(volumePaths(context, renaming).directory)) {
      records.rename(settled, renaming);
      return `its interrupted renaming to ${renaming} was finished`;
    }
    records.update(settled);
  }
  if (!isLocal(record)) return adoptOfPlugin(context, record);
  await finishSealing(context, record);
  const { directory, data } = volumePaths(context, name);
  if (existsSync(directory)) await mkdir(data, { recursive: true, mode: 0o755 });
  if (!existsSync(directory)) {
    await mkdir(directory, { recursive: true, mode: 0o701 });
    await mkdir(data, { mode: 0o755 });
    return 'its directory was gone, it is empty now';
  }
  try {
    if (needsMount(record) && context.port.isMounted(data)) unmountContent(context, name);
  } catch (error) {
    logger.warn('a volume could not be unmounted', { volume: name, error });
  }
  return undefined;
}

/** Gives back what a daemon that died had a plugin mount. */
async function adoptOfPlugin(context: VolumeContext, record: VolumeRecord): Promise<undefined> {
  const { name, mountedBy = [] } = record;
  const active = new Set<string>(
    usersOf(context, name).flatMap((user) => (user.active ? [user.id] : [])),
  );
  for (const id of mountedBy.filter((each) => !active.has(each)))
    await unmountPlugin(context, name, id, { signal: AbortSignal.timeout(30_000) });
}

/** A creation that a crash interrupted before its record was written leaves empty directories, and they go. */
async function wentUnused(context: VolumeContext, name: string): Promise<boolean> {
  if (usersOf(context, name).length > 0) return false;
  const { directory, data } = volumePaths(context, name);
  try {
    if (existsSync(data)) await rmdir(data);
    await rmdir(directory);
    return true;
  } catch {
    return false;
  }
}

/** What a record was never written of, or lost. Others than those with names of ours are left alone. */
async function adoptDirectories(context: VolumeContext): Promise<number> {
  const { records, logger } = context;
  const strays: VolumeRecord[] = [];
  for (const name of await readdir(context.root)) {
    if (records.find(name) !== undefined || records.quarantined.includes(name)) continue;
    if (name.startsWith('.') || (await wentUnused(context, name))) continue;
    if (!isFullId(name)) {
      logger.warn('a directory without a record lies among the volumes', { name });
      continue;
    }
    const { birthtime } = await stat(volumePaths(context, name).directory);
    strays.push({
      name,
      driver: 'local',
      createdAt: birthtime,
      labels: {},
      options: {},
      anonymous: true,
      snapshots: [],
    });
  }
  if (strays.length > 0)
    records.insert(
      strays,
      strays.map((record) => volumeEvent('create', record)),
    );
  return strays.length;
}
