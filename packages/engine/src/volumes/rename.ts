import { rename } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { AlreadyExistsError, FailedPreconditionError, type CallOptions } from '@wharf/core';
import { volumePaths, type VolumeContext } from './context.js';
import { checkVolumeName } from './names.js';
import { isLocal } from './plugins.js';
import { refuseUsed } from './remove.js';

/** The record says what it will be called before the directory is, so that a daemon that dies between finds it. */
export async function renameVolume(
  context: VolumeContext,
  name: string,
  to: string,
  { signal }: CallOptions,
): Promise<void> {
  checkVolumeName(to);
  await using locks = new AsyncDisposableStack();
  for (const each of [...new Set([name, to])].sort())
    locks.use(await context.locks.acquire(each, { signal }));
  const record = context.records.get(name);
  refuseUsed(context, name, 'rename');
  if (!isLocal(record)) {
    throw new FailedPreconditionError(
      `volume ${name} is kept by the driver ${record.driver}, which cannot rename it`,
    );
  }
  const [from, target] = [volumePaths(context, name), volumePaths(context, to)];
  if (context.records.find(to) !== undefined || existsSync(target.directory)) {
    throw new AlreadyExistsError(`a volume named ${to} exists already, choose another name`, {
      facts: { name: to },
    });
  }
  context.port.unmount(from.data);
  context.records.update({ ...record, renaming: to });
  await rename(from.directory, target.directory);
  context.records.rename(record, to);
}
