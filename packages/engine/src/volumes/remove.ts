import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError, type CallOptions } from '@wharf/core';
import { usersOf, volumePaths, type VolumeContext } from './context.js';
import { volumeEvent } from './events.js';
import { dropLayers, layersOf } from './layers.js';
import { driverOf, isLocal } from './plugins.js';
import type { VolumeRecord } from './records.js';

/** Directories of this name wait for their removal; no volume can be called so. */
const trash = '.removed-';

/** Swept when a daemon starts, with all that is in it. */
export function trashName(): string {
  return `${trash}${randomBytes(8).toString('hex')}`;
}

/** @throws failed-precondition in docker's words while a container mounts it */
export async function removeVolume(
  context: VolumeContext,
  name: string,
  { signal, force = false }: CallOptions & { readonly force?: boolean },
): Promise<void> {
  await using _ = await context.locks.acquire(name, { signal });
  if (force && context.records.find(name) === undefined) return;
  const record = context.records.get(name);
  refuseUsed(context, name, 'remove');
  if (!isLocal(record)) await removeOfPlugin(context, record, { signal, force });
  await discard(context, [record]);
}

/** With force, a plugin that is gone or knows nothing of it does not keep the record. */
async function removeOfPlugin(
  context: VolumeContext,
  { name, driver }: VolumeRecord,
  { signal, force }: CallOptions & { readonly force: boolean },
): Promise<void> {
  try {
    await (await driverOf(context, driver, { signal })).remove(name, { signal });
  } catch (error) {
    if (!force) throw error;
    context.logger.warn('a plugin did not remove a volume', { volume: name, error });
  }
}

/** Those of a container that are nobody else's. The record of the container still names them. */
export async function removeAnonymous(
  context: VolumeContext,
  container: string,
  names: readonly string[],
  { signal }: CallOptions,
): Promise<void> {
  await using locks = new AsyncDisposableStack();
  const gone: VolumeRecord[] = [];
  for (const name of new Set(names)) {
    locks.use(await context.locks.acquire(name, { signal }));
    const record = context.records.find(name);
    if (record?.anonymous !== true || context.held.has(name)) continue;
    if (!usersOf(context, name).every(({ id }) => id === container)) continue;
    if (!isLocal(record)) await removeOfPlugin(context, record, { signal, force: true });
    gone.push(record);
  }
  await discard(context, gone);
}

/** Out of sight at once, then the record, then what takes long. */
export async function discard(
  context: VolumeContext,
  records: readonly VolumeRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const moved: string[] = [];
  for (const { name } of records.filter(isLocal)) {
    const { directory, data } = volumePaths(context, name);
    context.port.unmount(data);
    if (!existsSync(directory)) continue;
    const aside = join(context.root, trashName());
    await rename(directory, aside);
    moved.push(aside);
  }
  context.records.remove(
    records.map(({ name }) => name),
    records.map((record) => volumeEvent('destroy', record)),
  );
  await dropLayers(context, records.flatMap(layersOf));
  for (const directory of moved)
    await context.files.removeTree(directory, { signal: AbortSignal.timeout(600_000) });
}

export function refuseUsed(context: VolumeContext, name: string, verb: string): void {
  const users = usersOf(context, name);
  if (users.length === 0 && !context.held.has(name)) return;
  throw new FailedPreconditionError(
    `${verb} ${name}: volume is in use - [${users.map(({ id }) => id).join(', ')}]`,
    { facts: { name, containers: users.map((user) => user.name).join(', ') } },
  );
}

/** What a daemon that died left in the trash. */
export async function sweepTrash(context: VolumeContext): Promise<number> {
  const names = (await readdir(context.root).catch(() => [])).filter((one) =>
    one.startsWith(trash),
  );
  for (const name of names)
    await context.files.removeTree(join(context.root, name), {
      signal: AbortSignal.timeout(600_000),
    });
  return names.length;
}
