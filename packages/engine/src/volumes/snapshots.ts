import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  printable,
  type CallOptions,
  type VolumeSnapshot,
} from '@wharf/core';
import { hold, usersOf, volumePaths, type VolumeContext } from './context.js';
import { contentLock, finishSealing } from './content.js';
import { isLocal } from './plugins.js';
import type { SnapshotRecord, VolumeRecord } from './records.js';

const grammar = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;

/**
 * Keeps the content as it is: as a copy that shares blocks where the file system can, else by freezing it as a layer
 * below an overlay, which takes no longer for a gigabyte than for nothing but needs the volume to be at rest.
 */
export async function snapshotVolume(
  context: VolumeContext,
  name: string,
  snapshot: string,
  { signal }: CallOptions,
): Promise<VolumeSnapshot> {
  if (!grammar.test(snapshot)) {
    throw new InvalidArgumentError(
      `invalid name of a snapshot: '${printable(snapshot)}', only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  }
  await using _ = await context.locks.acquire(name, { signal });
  const record = context.records.get(name);
  if (Object.hasOwn(record.options, 'device') || !isLocal(record)) {
    throw new FailedPreconditionError(
      `the content of volume ${name} is mounted from elsewhere and cannot be kept as a snapshot, clone it instead`,
    );
  }
  if (record.snapshots.some((one) => one.name === snapshot)) {
    throw new AlreadyExistsError(`volume ${name} has a snapshot named ${snapshot} already`);
  }
  const { directory } = volumePaths(context, name);
  const shares = record.stack === undefined && context.port.canReflink(directory);
  const kept = shares
    ? await keepCopy(context, record, snapshot, { signal })
    : await freeze(context, record, snapshot, { signal });
  return { name: kept.name, createdAt: kept.createdAt };
}

async function keepCopy(
  context: VolumeContext,
  record: VolumeRecord,
  name: string,
  { signal }: CallOptions,
): Promise<SnapshotRecord> {
  using _ = hold(context, record.name);
  const { directory, data } = volumePaths(context, record.name);
  const copy = newId();
  const place = join(directory, 'snapshots', copy);
  await using undo = new AsyncDisposableStack();
  await mkdir(place, { recursive: true, mode: 0o700 });
  undo.defer(() => removeTree(context, place));
  await context.port.copyTree(data, place, { signal, reflink: true });
  const kept: SnapshotRecord = { name, createdAt: new Date(), directory: copy };
  context.records.update({ ...record, snapshots: [...record.snapshots, kept] });
  undo.move();
  return kept;
}

/** The record says first what is moved where, so that a daemon that dies between leaves nothing in doubt. */
async function freeze(
  context: VolumeContext,
  record: VolumeRecord,
  name: string,
  { signal }: CallOptions,
): Promise<SnapshotRecord> {
  await using _ = await atRest(context, record.name, 'snapshot', { signal });
  const { directory, data } = volumePaths(context, record.name);
  const { stack } = record;
  const frozen = stack?.upper ?? newId();
  const lower = [frozen, ...(stack?.lower ?? [])];
  const upper = await newUpper(directory, stack === undefined ? data : layerOf(directory, frozen));
  const kept: SnapshotRecord = { name, createdAt: new Date(), lower };
  const after: VolumeRecord = {
    ...record,
    stack: { lower, upper },
    snapshots: [...record.snapshots, kept],
    ...(stack === undefined ? { sealing: { from: '_data', to: `layers/${frozen}` } } : {}),
  };
  context.records.update(after);
  await finishSealing(context, after);
  await mkdir(data, { recursive: true, mode: 0o755 });
  return kept;
}

/** @throws failed-precondition while a container that mounts it runs; not-found */
export async function rollbackVolume(
  context: VolumeContext,
  name: string,
  snapshot: string,
  { signal }: CallOptions,
): Promise<void> {
  await using __ = await context.locks.acquire(name, { signal });
  const record = context.records.get(name);
  const kept = snapshotOf(record, snapshot);
  await using _ = await atRest(context, name, 'roll back', { signal });
  const { directory, data } = volumePaths(context, name);
  if (kept.lower === undefined) {
    const aside = join(directory, 'snapshots', newId());
    await mkdir(aside, { mode: 0o700 });
    await using undo = new AsyncDisposableStack();
    undo.defer(() => removeTree(context, aside));
    const from = join(directory, 'snapshots', kept.directory ?? '');
    await context.port.copyTree(from, aside, { signal });
    context.port.exchange(aside, data);
    return;
  }
  const upper = await newUpper(directory, layerOf(directory, kept.lower[0] ?? ''));
  const after = { ...record, stack: { lower: kept.lower, upper } };
  context.records.update(after);
  await sweepLayers(context, after);
}

export async function removeSnapshot(
  context: VolumeContext,
  name: string,
  snapshot: string,
  { signal }: CallOptions,
): Promise<void> {
  await using _ = await context.locks.acquire(name, { signal });
  const record = context.records.get(name);
  const gone = snapshotOf(record, snapshot);
  const after = { ...record, snapshots: record.snapshots.filter((one) => one !== gone) };
  context.records.update(after);
  const { directory } = volumePaths(context, name);
  if (gone.directory !== undefined)
    await removeTree(context, join(directory, 'snapshots', gone.directory));
  await sweepLayers(context, after);
}

function snapshotOf(record: VolumeRecord, snapshot: string): SnapshotRecord {
  const found = record.snapshots.find(({ name }) => name === snapshot);
  if (found === undefined) throw new NotFoundError('snapshot', `${record.name} ${snapshot}`);
  return found;
}

/** Unmounted, and nobody mounts it meanwhile. */
async function atRest(
  context: VolumeContext,
  name: string,
  verb: string,
  { signal }: CallOptions,
): Promise<AsyncDisposable> {
  const lock = await context.locks.acquire(contentLock(name), { signal });
  try {
    const running = usersOf(context, name).filter(({ active }) => active);
    if (running.length > 0 || context.held.has(name)) {
      const who = running.map((user) => user.name).join(', ');
      throw new FailedPreconditionError(
        `cannot ${verb} volume ${name}: it is in use${who === '' ? '' : ` by ${who}`}, stop that first`,
        { facts: { name, containers: who } },
      );
    }
    context.port.unmount(volumePaths(context, name).data);
    return lock;
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

function newId(): string {
  return randomBytes(8).toString('hex');
}

function layerOf(directory: string, id: string): string {
  return join(directory, 'layers', id);
}

/** An empty layer whose top has the owner and mode of what is below it: the top of an overlay is that of its upper layer. */
async function newUpper(directory: string, like: string): Promise<string> {
  const id = newId();
  const place = layerOf(directory, id);
  const { uid, gid, mode, atime, mtime } = await stat(like);
  await mkdir(place, { recursive: true, mode: 0o755 });
  await chown(place, uid, gid);
  await chmod(place, mode & 0o7777);
  await utimes(place, atime, mtime);
  return id;
}

/** Layers that no state of the volume has any more. */
async function sweepLayers(context: VolumeContext, record: VolumeRecord): Promise<void> {
  const layers = join(volumePaths(context, record.name).directory, 'layers');
  if (!existsSync(layers)) return;
  const { stack, snapshots } = record;
  const used = new Set([
    ...(stack === undefined ? [] : [stack.upper, `${stack.upper}.work`, ...stack.lower]),
    ...snapshots.flatMap(({ lower = [] }) => lower),
  ]);
  for (const id of await readdir(layers))
    if (!used.has(id)) await removeTree(context, join(layers, id));
}

function removeTree(context: VolumeContext, path: string): Promise<void> {
  return context.files.removeTree(path, { signal: AbortSignal.timeout(600_000) });
}
