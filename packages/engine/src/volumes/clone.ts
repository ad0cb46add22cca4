import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { AlreadyExistsError, type CallOptions } from '@wharf/core';
import { volumePaths, type VolumeContext } from './context.js';
import { withContent } from './content.js';
import { volumeEvent } from './events.js';
import { commitFrozen, freezeContent, layerPath, newUpper, tryAtRest } from './layers.js';
import { checkVolumeName } from './names.js';
import { isLocal } from './plugins.js';
import { trashName } from './remove.js';
import type { VolumeRecord } from './records.js';

/**
 * A new volume with the same content and labels. Blocks are shared where the file system can; elsewhere the content of a
 * volume at rest becomes a layer below both, which takes no longer for a gigabyte than for nothing, and one that is in
 * use is copied.
 */
export async function cloneVolume(
  context: VolumeContext,
  name: string,
  to: string,
  { signal }: CallOptions,
): Promise<VolumeRecord> {
  checkVolumeName(to);
  await using locks = new AsyncDisposableStack();
  for (const each of [...new Set([name, to])].sort())
    locks.use(await context.locks.acquire(each, { signal }));
  const source = context.records.get(name);
  if (context.records.find(to) !== undefined) {
    throw new AlreadyExistsError(`a volume named ${to} exists already, choose another name`, {
      facts: { name: to },
    });
  }
  const record: VolumeRecord = {
    name: to,
    driver: 'local',
    createdAt: new Date(),
    labels: source.labels,
    options: {},
    anonymous: false,
    snapshots: [],
  };
  return (
    (await shareContent(context, source, record, { signal })) ??
    (await copyContent(context, source, record, { signal }))
  );
}

/** Undefined when it cannot be shared. */
async function shareContent(
  context: VolumeContext,
  source: VolumeRecord,
  to: VolumeRecord,
  { signal }: CallOptions,
): Promise<VolumeRecord | undefined> {
  if (Object.hasOwn(source.options, 'device') || !isLocal(source)) return undefined;
  const reflinks = context.port.canReflink(volumePaths(context, source.name).directory);
  if (source.stack === undefined && reflinks) return undefined;
  await using rest = await tryAtRest(context, source.name, { signal });
  if (rest === undefined) return undefined;
  const { directory, data } = volumePaths(context, to.name);
  const frozen = await freezeContent(context, source);
  await commitFrozen(context, frozen);
  const { lower } = frozen.stack;
  const upper = await newUpper(context, layerPath(context, lower[0] ?? ''));
  await mkdir(directory, { mode: 0o701 });
  await mkdir(data, { mode: 0o755 });
  const record = { ...to, stack: { lower, upper } };
  context.records.insert([record], [volumeEvent('create', record)]);
  return record;
}

async function copyContent(
  context: VolumeContext,
  { name }: VolumeRecord,
  record: VolumeRecord,
  { signal }: CallOptions,
): Promise<VolumeRecord> {
  // It gets its name when it is whole: what a crash leaves is swept.
  const staging = join(context.root, trashName());
  const copy = join(staging, '_data');
  await using undo = new AsyncDisposableStack();
  undo.defer(() => context.files.removeTree(staging, { signal: AbortSignal.timeout(600_000) }));
  await mkdir(staging, { mode: 0o701 });
  await mkdir(copy, { mode: 0o755 });
  await withContent(context, name, { signal }, (path) =>
    context.port.copyTree(path, copy, { signal }),
  );
  await rename(staging, volumePaths(context, record.name).directory);
  context.records.insert([record], [volumeEvent('create', record)]);
  undo.move();
  return record;
}
