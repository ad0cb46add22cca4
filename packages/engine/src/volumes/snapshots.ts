import { mkdir } from 'node:fs/promises';
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
import { hold, volumePaths, type VolumeContext } from './context.js';
import {
  atRest,
  commitFrozen,
  dropLayers,
  freezeContent,
  layerPath,
  layersOf,
  newId,
  newUpper,
} from './layers.js';
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

async function freeze(
  context: VolumeContext,
  record: VolumeRecord,
  name: string,
  { signal }: CallOptions,
): Promise<SnapshotRecord> {
  await using _ = await atRest(context, record.name, 'snapshot', { signal });
  const frozen = await freezeContent(context, record);
  const kept: SnapshotRecord = { name, createdAt: new Date(), lower: frozen.stack.lower };
  await commitFrozen(context, { ...frozen, snapshots: [...record.snapshots, kept] });
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
  const upper = await newUpper(context, layerPath(context, kept.lower[0] ?? ''));
  context.records.update({ ...record, stack: { lower: kept.lower, upper } });
  await dropLayers(context, layersOf(record));
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
  await dropLayers(context, layersOf(record));
}

function snapshotOf(record: VolumeRecord, snapshot: string): SnapshotRecord {
  const found = record.snapshots.find(({ name }) => name === snapshot);
  if (found === undefined) throw new NotFoundError('snapshot', `${record.name} ${snapshot}`);
  return found;
}

function removeTree(context: VolumeContext, path: string): Promise<void> {
  return context.files.removeTree(path, { signal: AbortSignal.timeout(600_000) });
}
