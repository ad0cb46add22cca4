import type { Native } from '../../../native/types.js';

const opaque = 'trusted.overlay.opaque';
/** Overlayfs stores these where it renames directories or copies metadata alone; then a layer is not whole by itself. */
const borrowed = ['trusted.overlay.redirect', 'trusted.overlay.metacopy'];

/** Extended attributes of an entry that go into an archive, and what overlayfs says of it. */
export interface Attributes {
  /** Names in latin1. */
  readonly kept: ReadonlyMap<string, Uint8Array>;
  readonly opaque: boolean;
  /** The entry takes its content from a layer below. */
  readonly borrowed: boolean;
}

const none: Attributes = { kept: new Map(), opaque: false, borrowed: false };

/**
 * `user.*` and `security.capability`, as the unpacker keeps them; never labels of the host's security modules, ACLs or
 * what steers overlayfs. A name with "=" cannot be said in an extended header and is left out.
 */
export function attributesOf(
  native: Native,
  fd: number,
  name: Buffer,
  names: readonly string[] = native.listxattrAt(fd, name),
): Attributes {
  if (names.length === 0) return none;
  const kept = new Map<string, Uint8Array>();
  for (const key of names.filter(isKept)) {
    const value = native.getxattrAt(fd, name, Buffer.from(key, 'latin1'));
    if (value !== null) kept.set(key, value);
  }
  return {
    kept,
    opaque: names.includes(opaque) && isOpaque(native, fd, name),
    borrowed: borrowed.some((key) => names.includes(key)),
  };
}

/** Whether a directory of a layer hides those below. */
export function isOpaque(native: Native, fd: number, name: Buffer): boolean {
  const value = native.getxattrAt(fd, name, opaque);
  return value?.length === 1 && value[0] === 0x79;
}

function isKept(name: string): boolean {
  if (name === 'security.capability') return true;
  return (
    name.startsWith('user.') &&
    name.length > 5 &&
    !name.startsWith('user.overlay.') &&
    !name.includes('=')
  );
}
