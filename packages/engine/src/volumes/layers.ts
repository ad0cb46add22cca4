import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename, stat, utimes } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FailedPreconditionError, type CallOptions } from '@wharf/core';
import { usersOf, volumePaths, type VolumeContext } from './context.js';
import type { VolumeRecord, VolumeStack } from './records.js';

/** Next to the volumes; none can be called so. */
const folder = '.layers';

/** Where a layer lies. Volumes that were cloned from each other have some in common. */
export function layerPath({ root }: Pick<VolumeContext, 'root'>, id: string): string {
  return join(root, folder, id);
}

/** The directory that overlayfs works in for an upper layer. */
export function workPath(context: Pick<VolumeContext, 'root'>, upper: string): string {
  return layerPath(context, `${upper}.work`);
}

/** All that a volume and its snapshots are made of. */
export function layersOf({ stack, snapshots }: VolumeRecord): readonly string[] {
  return [
    ...(stack === undefined ? [] : [stack.upper, ...stack.lower]),
    ...snapshots.flatMap(({ lower = [] }) => lower),
  ];
}

/** Mounts and unmounts exclude each other; not what else is done with the name. */
export function contentLock(name: string): string {
  return `content/${name}`;
}

/** Unmounted, and nobody mounts it meanwhile. @throws failed-precondition while it is in use */
export async function atRest(
  context: VolumeContext,
  name: string,
  verb: string,
  options: CallOptions,
): Promise<AsyncDisposable> {
  const rest = await tryAtRest(context, name, options);
  if (rest !== undefined) return rest;
  const who = usersOf(context, name)
    .filter(({ active }) => active)
    .map((user) => user.name)
    .join(', ');
  throw new FailedPreconditionError(
    `cannot ${verb} volume ${name}: it is in use${who === '' ? '' : ` by ${who}`}, stop that first`,
    { facts: { name, containers: who } },
  );
}

/** As `atRest`; undefined while it is in use. */
export async function tryAtRest(
  context: VolumeContext,
  name: string,
  { signal }: CallOptions,
): Promise<AsyncDisposable | undefined> {
  const lock = await context.locks.acquire(contentLock(name), { signal });
  try {
    if (!context.held.has(name) && !usersOf(context, name).some(({ active }) => active)) {
      context.port.unmount(volumePaths(context, name).data);
      return lock;
    }
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
  await lock[Symbol.asyncDispose]();
  return undefined;
}

/** What the record will be when the content is a frozen layer, with an empty one on top; `commitFrozen` makes it so. */
export async function freezeContent(
  context: VolumeContext,
  record: VolumeRecord,
): Promise<VolumeRecord & { readonly stack: VolumeStack }> {
  const { stack } = record;
  const frozen = stack?.upper ?? newId();
  const { data } = volumePaths(context, record.name);
  const like = stack === undefined ? data : layerPath(context, frozen);
  const upper = await newUpper(context, like);
  return {
    ...record,
    stack: { lower: [frozen, ...(stack?.lower ?? [])], upper },
    ...(stack === undefined ? { sealing: { from: '_data', to: frozen } } : {}),
  };
}

/** The record says first what is moved where, so that a daemon that dies between leaves nothing in doubt. */
export async function commitFrozen(context: VolumeContext, after: VolumeRecord): Promise<void> {
  context.records.update(after);
  await finishSealing(context, after);
  await mkdir(volumePaths(context, after.name).data, { recursive: true, mode: 0o755 });
}

/** The move on disk that a record of layers speaks of; idempotent. */
export async function finishSealing(context: VolumeContext, record: VolumeRecord): Promise<void> {
  const { sealing, name } = record;
  if (sealing === undefined) return;
  const from = join(volumePaths(context, name).directory, sealing.from);
  const to = layerPath(context, sealing.to);
  if (!existsSync(to) && existsSync(from)) await rename(from, to);
  const { sealing: _, ...settled } = record;
  context.records.update(settled);
}

export function newId(): string {
  return randomBytes(8).toString('hex');
}

/** An empty layer whose top has the owner and mode of what is below it: the top of an overlay is that of its upper layer. */
export async function newUpper(context: VolumeContext, like: string): Promise<string> {
  const id = newId();
  const place = layerPath(context, id);
  const { uid, gid, mode, atime, mtime } = await stat(like);
  await mkdir(layerPath(context, ''), { recursive: true, mode: 0o700 });
  await mkdir(place, { mode: 0o755 });
  await chown(place, uid, gid);
  await chmod(place, mode & 0o7777);
  await utimes(place, atime, mtime);
  return id;
}

/** Removes those of them that no volume has any more. */
export async function dropLayers(context: VolumeContext, ids: readonly string[]): Promise<void> {
  const used = new Set(context.records.all().flatMap(layersOf));
  for (const id of new Set(ids)) {
    if (used.has(id)) continue;
    for (const path of [layerPath(context, id), workPath(context, id)]) {
      if (existsSync(path))
        await context.files.removeTree(path, { signal: AbortSignal.timeout(600_000) });
    }
  }
}

/** Once, at the start: what a daemon that died has left. */
export async function sweepLayers(context: VolumeContext): Promise<void> {
  // What belongs to a record that nobody can read is not known.
  if (context.records.quarantined.length > 0) return;
  const names = await readdir(layerPath(context, '')).catch(() => []);
  await dropLayers(
    context,
    names.map((name) => name.replace(/\.work$/, '')),
  );
}
