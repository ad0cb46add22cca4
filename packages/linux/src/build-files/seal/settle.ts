import { AT_SYMLINK_NOFOLLOW } from '../../../native/constants.js';
import type { FileStatus, Native, Timespec } from '../../../native/types.js';
import { isRegular } from '../../pack/tree/kinds.js';
import type { Visit } from '../../pack/tree/walk.js';
import { faultOf } from '../../unpack/apply/faults.js';

/** What says something of a layer by itself; all else is what one mount noted for itself. */
const meant = new Set(['opaque', 'redirect', 'metacopy', 'whiteout', 'xattr'].map(overlay));
const prefix = 'trusted.overlay.';
const here = Buffer.from('.');

function overlay(name: string): string {
  return `trusted.overlay.${name}`;
}

/** Makes entries those of a layer: none is later than the epoch, and what overlayfs noted for itself is gone. */
export class Settler {
  /** Bytes of file content. */
  size = 0;
  /** Without the root. */
  entries = 0;
  readonly #native: Native;
  readonly #epochSeconds: number;
  readonly #epoch: Timespec;
  readonly #twins = new Set<bigint>();

  constructor(native: Native, epochSeconds: number) {
    this.#native = native;
    this.#epochSeconds = epochSeconds;
    this.#epoch = { sec: BigInt(epochSeconds), nsec: 0 };
  }

  /** The entry as it is afterwards. */
  settle(visit: Visit): Visit {
    const { path, status } = visit;
    if (path !== '') this.entries++;
    if (isRegular(status) && !this.#isKnown(status)) this.size += status.size;
    try {
      return { ...visit, attributes: this.#forget(visit), status: this.#clamped(visit) };
    } catch (error) {
      throw faultOf(error, path, 'finished');
    }
  }

  #clamped({ fd, name, status }: Visit): FileStatus {
    const { mtimeSec, mtimeNsec } = status;
    const epoch = this.#epochSeconds;
    if (mtimeSec < epoch || (mtimeSec === epoch && mtimeNsec === 0)) return status;
    const target = name.length === 0 ? here : name;
    this.#native.utimensat(fd, target, this.#epoch, this.#epoch, AT_SYMLINK_NOFOLLOW);
    return { ...status, mtimeSec: epoch, mtimeNsec: 0 };
  }

  #forget({ fd, name }: Visit): readonly string[] {
    const all = this.#native.listxattrAt(fd, name);
    if (all.length === 0) return all;
    return all.filter((attribute) => {
      if (!attribute.startsWith(prefix) || meant.has(attribute)) return true;
      this.#native.removexattrAt(fd, name, Buffer.from(attribute, 'latin1'));
      return false;
    });
  }

  #isKnown({ links, inode }: FileStatus): boolean {
    if (links < 2) return false;
    const known = this.#twins.has(inode);
    this.#twins.add(inode);
    return known;
  }
}
