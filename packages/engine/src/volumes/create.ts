import { chmod, chown, mkdir, rmdir } from 'node:fs/promises';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  isWharfError,
  WharfError,
  type CallOptions,
  type VolumeSpec,
} from '@wharf/core';
import { volumePaths, type VolumeContext } from './context.js';
import { volumeEvent } from './events.js';
import { noQuota, parseLocalOptions, type VolumeOwner } from './local-options.js';
import { anonymousName, checkVolumeName } from './names.js';
import { driverOf, isLocal } from './plugins.js';
import type { VolumeRecord } from './records.js';
import { trashName } from './remove.js';
import { withContent } from './content.js';

/** Numbers of projects that are nobody's by hand; two volumes meet one in a billion times. */
const firstProject = 2 ** 24;
const lastProject = 2 ** 31 - 1;

/** One that exists with the same driver is returned as it is. */
export async function createVolume(
  context: VolumeContext,
  spec: VolumeSpec,
  { signal }: CallOptions,
): Promise<VolumeRecord> {
  const name = spec.name === '' ? anonymousName() : spec.name;
  checkVolumeName(name);
  await using _ = await context.locks.acquire(name, { signal });
  const found = context.records.find(name);
  if (found !== undefined) return sameDriver(found, spec.driver);
  const anonymous = spec.name === '';
  const record = await namingIt(name, () =>
    isLocal({ driver: spec.driver === '' ? 'local' : spec.driver })
      ? newLocal(context, { ...spec, name }, { signal, anonymous })
      : newOfPlugin(context, { ...spec, name }, { signal, anonymous }),
  );
  context.records.insert([record], [volumeEvent('create', record)]);
  return record;
}

async function newLocal(
  context: VolumeContext,
  spec: VolumeSpec,
  { signal, anonymous }: CallOptions & { readonly anonymous: boolean },
): Promise<VolumeRecord> {
  const { name, driverOptions } = spec;
  const { copyFrom } = parseLocalOptions(driverOptions);
  const record = await newVolume(context, spec, anonymous);
  if (copyFrom !== undefined) await copyInto(context, copyFrom, name, { signal });
  return record;
}

async function newOfPlugin(
  context: VolumeContext,
  { name, driver: plugin, driverOptions: options, labels }: VolumeSpec,
  { signal, anonymous }: CallOptions & { readonly anonymous: boolean },
): Promise<VolumeRecord> {
  const driver = await driverOf(context, plugin, { signal });
  await driver.create(name, options, { signal });
  const scope = await driver.scope({ signal });
  const createdAt = new Date();
  return {
    name,
    driver: plugin,
    createdAt,
    labels,
    options,
    anonymous,
    snapshots: [],
    scope,
  };
}

/** Several without names, for one container, with one write. */
export async function createAnonymous(
  context: VolumeContext,
  wishes: readonly { readonly name: string; readonly owner: VolumeOwner }[],
): Promise<readonly VolumeRecord[]> {
  const records = await Promise.all(
    wishes.map(({ name, owner }) => {
      const driverOptions = Object.fromEntries(
        Object.entries(owner).map(([key, value]) => [key, textOf(key, Number(value))]),
      );
      const spec = { name, driverOptions, labels: {} };
      return newVolume(context, spec, true);
    }),
  );
  if (records.length > 0)
    context.records.insert(
      records,
      records.map((record) => volumeEvent('create', record)),
    );
  return records;
}

function textOf(key: string, value: number): string {
  return key === 'mode' ? value.toString(8) : String(value);
}

/** Its directories, and the record that is to be inserted. */
async function newVolume(
  context: VolumeContext,
  { name, driverOptions: options, labels }: Omit<VolumeSpec, 'driver'>,
  anonymous: boolean,
): Promise<VolumeRecord> {
  const { uid, gid, mode, size } = parseLocalOptions(options);
  const { directory, data } = volumePaths(context, name);
  await mkdir(context.root, { recursive: true, mode: 0o701 });
  await mkdir(directory, { recursive: true, mode: 0o701 });
  await mkdir(data, { recursive: true, mode: 0o755 });
  const project =
    size === undefined ? undefined : await limited(context, { directory, data, size });
  if (uid !== undefined || gid !== undefined) await chown(data, uid ?? 0, gid ?? 0);
  if (mode !== undefined) await chmod(data, mode);
  const createdAt = new Date();
  const record = { name, driver: 'local', createdAt, labels, options, anonymous, snapshots: [] };
  return project === undefined ? record : { ...record, project };
}

/** The copy is made whole aside: what a crash leaves is swept. */
async function copyInto(
  context: VolumeContext,
  from: string,
  to: string,
  { signal }: CallOptions,
): Promise<void> {
  const { data } = volumePaths(context, to);
  const aside = join(context.root, trashName());
  await using undo = new AsyncDisposableStack();
  undo.defer(() => context.files.removeTree(aside, { signal: AbortSignal.timeout(600_000) }));
  await mkdir(aside, { mode: 0o755 });
  await withContent(context, from, { signal }, (source) =>
    context.port.copyTree(source, aside, { signal }),
  );
  context.port.exchange(aside, data);
}

/** The number of its project. What was made goes again where there are no quotas. */
async function limited(
  { port }: VolumeContext,
  {
    directory,
    data,
    size,
  }: {
    readonly directory: string;
    readonly data: string;
    readonly size: number;
  },
): Promise<number> {
  const project = randomInt(firstProject, lastProject);
  if (port.limit(data, project, BigInt(size))) return project;
  await rmdir(data).catch(() => undefined);
  await rmdir(directory).catch(() => undefined);
  throw noQuota();
}

function sameDriver(found: VolumeRecord, driver: string): VolumeRecord {
  if (driver === '' || driver === found.driver) return found;
  const { name } = found;
  throw new AlreadyExistsError(
    `create ${name}: conflict: volume name must be unique: driver '${found.driver}' already has volume '${name}'`,
    { facts: { name, driver: found.driver } },
  );
}

/** Docker says which volume it was about. */
async function namingIt<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isWharfError(error)) throw error;
    throw new WharfError(error.code, `create ${name}: ${error.message}`, {
      cause: error,
      facts: error.facts,
    });
  }
}
