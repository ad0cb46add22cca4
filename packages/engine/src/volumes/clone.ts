import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { AlreadyExistsError, type CallOptions } from '@wharf/core';
import { volumePaths, type VolumeContext } from './context.js';
import { withContent } from './content.js';
import { volumeEvent } from './events.js';
import { checkVolumeName } from './names.js';
import { trashName } from './remove.js';
import type { VolumeRecord } from './records.js';

/** A new volume with the same content and labels; blocks are shared where the file system can. */
export async function cloneVolume(
  context: VolumeContext,
  name: string,
  to: string,
  { signal }: CallOptions,
): Promise<VolumeRecord> {
  checkVolumeName(to);
  const source = context.records.get(name);
  await using _ = await context.locks.acquire(to, { signal });
  if (context.records.find(to) !== undefined) {
    throw new AlreadyExistsError(`a volume named ${to} exists already, choose another name`, {
      facts: { name: to },
    });
  }
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
  await rename(staging, volumePaths(context, to).directory);
  const record: VolumeRecord = {
    name: to,
    driver: 'local',
    createdAt: new Date(),
    labels: source.labels,
    options: {},
    anonymous: false,
    snapshots: [],
  };
  context.records.insert([record], [volumeEvent('create', record)]);
  undo.move();
  return record;
}
