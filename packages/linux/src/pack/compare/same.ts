import { constants, readSync } from 'node:fs';
import { S_IFLNK, S_IFMT, anchored } from '../../../native/constants.js';
import type { Native } from '../../../native/types.js';
import { errnoOf } from '../../unpack/apply/faults.js';
import { attributesOf } from '../tree/attributes.js';
import { isDirectory, isRegular } from '../tree/kinds.js';
import type { Merged } from './merged.js';

/** What is compared beside type, mode, owner, size, link target, device numbers, attributes and content. */
export interface Sameness {
  /** Times of what is no directory, to the nanosecond. */
  readonly times: boolean;
  readonly directoryTimes: boolean;
}

/** In which two entries can differ. */
export const aspects = [
  'type',
  'mode',
  'owner',
  'device',
  'time',
  'attributes',
  'content',
] as const;

export type Aspect = (typeof aspects)[number];

/** O_PATH | O_NOFOLLOW: the link itself. */
const linkFlags = 0o10000000 | constants.O_NOFOLLOW;
const readBytes = 256 << 10;
/** One of two entries is another one by now. */
const gone = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV'];

/** Compares entries of two trees. Contents are read only when all else is equal and they are two files. */
export class Comparer {
  readonly #native: Native;
  readonly #stopped: () => void;
  readonly #left = Buffer.allocUnsafe(readBytes);
  readonly #right = Buffer.allocUnsafe(readBytes);

  /** `stopped` throws when it is time to go. */
  constructor(native: Native, stopped: () => void) {
    this.#native = native;
    this.#stopped = stopped;
  }

  /** Whether two entries are alike, but for what is in a directory. */
  same(a: Merged, b: Merged, what: Sameness): boolean {
    if (a.layer.id === b.layer.id) return true;
    const directory = isDirectory(a.status);
    const times = directory ? what.directoryTimes : what.times;
    if (!sameStatus(a, b, directory) || (times && !sameTime(a, b))) return false;
    return this.#unlessGone(() => this.#sameAttributes(a, b) && this.#sameContent(a, b));
  }

  /** In what they differ; nothing where `same` is true. */
  differs(a: Merged, b: Merged, what: Sameness): readonly Aspect[] {
    if (a.layer.id === b.layer.id) return [];
    if ((a.status.mode & S_IFMT) !== (b.status.mode & S_IFMT)) return ['type'];
    const directory = isDirectory(a.status);
    const times = directory ? what.directoryTimes : what.times;
    const same: Record<Aspect, boolean> = {
      type: true,
      mode: a.status.mode === b.status.mode,
      owner: a.status.uid === b.status.uid && a.status.gid === b.status.gid,
      device: sameDevice(a, b),
      time: !times || sameTime(a, b),
      attributes: this.#unlessGone(() => this.#sameAttributes(a, b)),
      content:
        directory ||
        (a.status.size === b.status.size && this.#unlessGone(() => this.#sameContent(a, b))),
    };
    return aspects.filter((aspect) => !same[aspect]);
  }

  #unlessGone(look: () => boolean): boolean {
    try {
      return look();
    } catch (error) {
      if (gone.includes(errnoOf(error))) return false;
      throw error;
    }
  }

  #sameAttributes(a: Merged, b: Merged): boolean {
    const [left, right] = [a, b].map(
      ({ layer, path }) => attributesOf(this.#native, layer.fd, Buffer.from(path, 'latin1')).kept,
    );
    if (left === undefined || right === undefined || left.size !== right.size) return false;
    for (const [name, value] of left) {
      const other = right.get(name);
      if (other === undefined || Buffer.compare(value, other) !== 0) return false;
    }
    return true;
  }

  #sameContent(a: Merged, b: Merged): boolean {
    if ((a.status.mode & S_IFMT) === S_IFLNK) {
      return Buffer.compare(this.#target(a), this.#target(b)) === 0;
    }
    if (!isRegular(a.status)) return true;
    if (a.status.device === b.status.device && a.status.inode === b.status.inode) return true;
    return a.status.size === 0 || this.#sameBytes(a, b);
  }

  #target({ layer, path }: Merged): Uint8Array {
    const fd = this.#native.openat2(layer.fd, Buffer.from(path, 'latin1'), linkFlags, 0, anchored);
    try {
      return this.#native.readlinkat(fd, '');
    } finally {
      this.#native.close(fd);
    }
  }

  #sameBytes(a: Merged, b: Merged): boolean {
    const left = this.#native.openRegular(a.layer.fd, Buffer.from(a.path, 'latin1'));
    if (left === null) return false;
    try {
      const right = this.#native.openRegular(b.layer.fd, Buffer.from(b.path, 'latin1'));
      if (right === null) return false;
      try {
        return this.#sameFiles(left, right);
      } finally {
        this.#native.close(right);
      }
    } finally {
      this.#native.close(left);
    }
  }

  #sameFiles(left: number, right: number): boolean {
    for (let at = 0; ;) {
      this.#stopped();
      const read = readSync(left, this.#left, 0, readBytes, at);
      if (readSync(right, this.#right, 0, readBytes, at) !== read) return false;
      if (read === 0) return true;
      if (this.#left.compare(this.#right, 0, read, 0, read) !== 0) return false;
      at += read;
    }
  }
}

function sameStatus({ status: a }: Merged, { status: b }: Merged, directory: boolean): boolean {
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.major === b.major &&
    a.minor === b.minor &&
    (directory || a.size === b.size)
  );
}

function sameDevice({ status: a }: Merged, { status: b }: Merged): boolean {
  return a.major === b.major && a.minor === b.minor;
}

function sameTime({ status: a }: Merged, { status: b }: Merged): boolean {
  return a.mtimeSec === b.mtimeSec && a.mtimeNsec === b.mtimeNsec;
}
