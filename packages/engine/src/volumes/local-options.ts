import { FailedPreconditionError, InvalidArgumentError, printable } from '@wharf/core';
import { parseMemorySize } from '@wharf/oci';

/** What the local driver is told to mount at a volume's place. */
export interface LocalMount {
  readonly type: string;
  readonly device: string;
  /** Words of mount(8), as they came. */
  readonly options: readonly string[];
}

/** Who owns the top directory of a new volume. */
export interface VolumeOwner {
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
}

export interface LocalOptions extends VolumeOwner {
  readonly mount?: LocalMount;
  /** Most that it may hold on disk, in bytes. */
  readonly size?: number;
  /** Another volume that it starts as a copy of. */
  readonly copyFrom?: string;
}

const known = new Set(['type', 'o', 'device', 'size', 'uid', 'gid', 'mode', 'copy-from']);
/** Each option of docker's driver, and what it does not come without. */
const together: Readonly<Record<string, readonly string[]>> = {
  device: ['type'],
  type: ['device'],
  o: ['device', 'type'],
};

/** Reads `-o` of a volume of the local driver. @throws invalid-argument in docker's words */
export function parseLocalOptions(options: Readonly<Record<string, string>>): LocalOptions {
  for (const key of Object.keys(options)) {
    if (!known.has(key)) throw new InvalidArgumentError(`invalid option: "${printable(key)}"`);
  }
  for (const [key, needs] of Object.entries(together)) {
    const missing = needs.find((need) => !Object.hasOwn(options, need));
    if (Object.hasOwn(options, key) && missing !== undefined)
      throw new InvalidArgumentError(`missing required option: "${missing}"`);
  }
  const { type, device, size, o = '' } = options;
  const owner = ownerOf(options);
  const copyFrom = options['copy-from'];
  if (type === undefined || device === undefined) {
    return {
      ...owner,
      ...(size === undefined ? {} : { size: bytesOf(size) }),
      ...(copyFrom === undefined ? {} : { copyFrom }),
    };
  }
  if (copyFrom !== undefined)
    throw new InvalidArgumentError('copy-from is for volumes on disk, not for mounted ones');
  const words = o.split(',').filter((word) => word !== '');
  return { ...owner, mount: { type, device, options: withSize(type, words, size) } };
}

function withSize(
  type: string,
  words: readonly string[],
  size: string | undefined,
): readonly string[] {
  if (size === undefined) return words;
  if (type !== 'tmpfs') throw noQuota();
  return [...words, `size=${bytesOf(size)}`];
}

/** Docker's words where the file system keeps no quotas. */
export function noQuota(): FailedPreconditionError {
  return new FailedPreconditionError(
    'quota size requested but no quota support: give size with type=tmpfs, or limit the file system',
  );
}

function bytesOf(size: string): number {
  try {
    return parseMemorySize(size);
  } catch (cause) {
    throw new InvalidArgumentError(`invalid size: '${printable(size)}'`, { cause });
  }
}

function ownerOf(options: Readonly<Record<string, string>>): VolumeOwner {
  const { uid, gid, mode } = options;
  return {
    ...(uid === undefined ? {} : { uid: idOf('uid', uid) }),
    ...(gid === undefined ? {} : { gid: idOf('gid', gid) }),
    ...(mode === undefined ? {} : { mode: modeOf(mode) }),
  };
}

/** Ids are 32 bits, of which the last means none. */
function idOf(key: string, text: string): number {
  const id = /^[0-9]{1,10}$/.test(text) ? Number(text) : NaN;
  if (id < 2 ** 32 - 1) return id;
  throw new InvalidArgumentError(`invalid ${key}: '${printable(text)}', give a number`);
}

function modeOf(text: string): number {
  if (/^0?o?[0-7]{1,4}$/.test(text)) return Number.parseInt(text.replace('o', ''), 8);
  throw new InvalidArgumentError(`invalid mode: '${printable(text)}', give octal digits`);
}
