import { InvalidArgumentError, type MountOwner, type MountSpec } from '@wharf/core';
import { parseMemorySize } from '@wharf/oci';
import { parseBool } from '../../argv/values.js';
import { splitPair } from './key-values.js';
import type { MountField } from './mount-fields.js';
import { plainVolume, propagations, relativeInside } from './plain-mount.js';
import { parseMode } from './tmpfs.js';

type Reader = (mount: MountSpec, value: string, key: string) => MountSpec;

const readers: Readonly<Record<string, Reader>> = {
  readonly: (mount, value, key) => ({ ...mount, readOnly: readBool(key, value) }),
  'bind-nonrecursive': (mount, value, key) => ({ ...mount, nonRecursive: readBool(key, value) }),
  'bind-create-src': (mount, value, key) => ({ ...mount, createSource: readBool(key, value) }),
  'bind-recursive': withRecursion,
  'bind-propagation': (mount, value) => ({ ...mount, propagation: readPropagation(value) }),
  'tmpfs-size': (mount, value, key) => ({ ...mount, tmpfsSize: readSize(key, value) }),
  'tmpfs-mode': (mount, value, key) => ({ ...mount, tmpfsMode: readMode(key, value) }),
  'volume-nocopy': (mount, value, key) => withVolume(mount, { noCopy: readBool(key, value) }),
  'volume-driver': (mount, value) => withVolume(mount, { driver: value }),
  'volume-opt': (mount, value) =>
    withVolume(mount, { driverOptions: { ...mount.volume?.driverOptions, ...pair(value) } }),
  'volume-label': (mount, value) =>
    withVolume(mount, { labels: { ...mount.volume?.labels, ...pair(value) } }),
  'volume-subpath': (mount, value) => ({ ...mount, subpath: relativeInside(value) }),
  'image-subpath': (mount, value) => ({ ...mount, subpath: relativeInside(value) }),
  exclude: (mount, value) => ({
    ...mount,
    exclude: [...(mount.exclude ?? []), relativeInside(value)],
  }),
  uid: (mount, value, key) => withOwner(mount, { uid: readId(key, value) }),
  gid: (mount, value, key) => withOwner(mount, { gid: readId(key, value) }),
  mode: (mount, value, key) => withOwner(mount, { mode: readMode(key, value) }),
  chown: (mount, value, key) => withOwner(mount, { chown: readBool(key, value) }),
  idmap: (mount, value) => withOwner(mount, { idmap: readIdmap(value) }),
};

/** The mount with what one field says of it. @throws InvalidArgumentError in docker's words */
export function withField(mount: MountSpec, { key, value = 'true' }: MountField): MountSpec {
  return Object.hasOwn(readers, key) ? (readers[key]?.(mount, value, key) ?? mount) : mount;
}

function withRecursion(mount: MountSpec, value: string): MountSpec {
  const on = parseBool(value);
  if (value === 'enabled' || on === true) return { ...mount, nonRecursive: false };
  if (value === 'disabled' || on === false) return { ...mount, nonRecursive: true };
  if (value === 'writable') return { ...mount, recursiveReadOnly: 'writable' };
  if (value === 'readonly') return { ...mount, recursiveReadOnly: 'force' };
  throw new InvalidArgumentError(
    `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
  );
}

function withVolume(mount: MountSpec, change: Partial<typeof plainVolume>): MountSpec {
  return { ...mount, volume: { ...plainVolume, ...mount.volume, ...change } };
}

function withOwner(mount: MountSpec, change: Partial<MountOwner>): MountSpec {
  return { ...mount, owner: { chown: false, ...mount.owner, ...change } };
}

function pair(text: string): Record<string, string> {
  const [key, value = ''] = splitPair(text);
  return { [key]: value };
}

function readBool(key: string, text: string): boolean {
  const value = parseBool(text);
  if (value === undefined) throw new InvalidArgumentError(`invalid value for ${key}: ${text}`);
  return value;
}

function readPropagation(text: string): string {
  if (propagations.includes(text)) return text;
  throw new InvalidArgumentError(
    `invalid propagation: ${text} (one of ${propagations.join(', ')})`,
  );
}

function readSize(key: string, text: string): bigint {
  try {
    return BigInt(parseMemorySize(text));
  } catch (cause) {
    throw new InvalidArgumentError(`invalid value for ${key}: ${text}`, { cause });
  }
}

function readMode(key: string, text: string): number {
  try {
    return parseMode(text);
  } catch (cause) {
    throw new InvalidArgumentError(`invalid value for ${key}: ${text}`, { cause });
  }
}

/** User and group ids are 32 bits, of which the last means none. */
function readId(key: string, text: string): number {
  const id = /^[0-9]{1,10}$/.test(text) ? Number(text) : NaN;
  if (id < 2 ** 32 - 1) return id;
  throw new InvalidArgumentError(`invalid value for ${key}: ${text}`);
}

const idRange = '[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,10}';
const idRanges = `${idRange}(?:#${idRange})*`;
const idmap = new RegExp(`^(?:uids=${idRanges}(?:;gids=${idRanges})?|gids=${idRanges})$`);

function readIdmap(text: string): string {
  if (idmap.test(text)) return text;
  throw new InvalidArgumentError(
    `invalid value for idmap: ${text}: write it like uids=1000-0-1;gids=1000-0-1`,
  );
}
