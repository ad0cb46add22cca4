import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { shiftFiles } from './rotate.js';

const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

const lineFeed = 10;

export interface RotationRule {
  /** Bytes; 0 never rotates. */
  readonly maxSize: number;
  readonly maxFiles: number;
}

/**
 * An append-only file that rotates. A full disk or any other fault drops what was to be written and counts it;
 * writing goes on as soon as it works again.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #rule: RotationRule;
  readonly #rotated: () => void;
  #fd = -1;
  #size = 0;
  /** Bytes lost since the last successful write. */
  pendingLoss = 0;
  /** Bytes lost in all. */
  dropped = 0n;

  /** `rotated` is called after each rotation. */
  constructor(path: string, rule: RotationRule, rotated: () => void = () => undefined) {
    this.#path = path;
    this.#rule = rule;
    this.#rotated = rotated;
  }

  /** `lost` is what the caller counts as lost when it cannot be written. Never throws. */
  write(bytes: Uint8Array, lost: number): boolean {
    if (bytes.length === 0) return true;
    try {
      for (let rest = bytes; rest.length > 0;) {
        const size = this.#makeRoom(rest);
        this.#writeAll(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
      return true;
    } catch {
      this.pendingLoss += lost;
      this.dropped += BigInt(lost);
      return false;
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  /** How many of the bytes, whole lines, go into the file as it is now; rotates when not even one fits. */
  #makeRoom(bytes: Uint8Array): number {
    if (this.#fd < 0) this.#open();
    const { maxSize, maxFiles } = this.#rule;
    const room = maxSize - this.#size;
    if (maxSize <= 0 || bytes.length <= room) return bytes.length;
    const fitting = room > 0 ? bytes.lastIndexOf(lineFeed, room - 1) + 1 : 0;
    if (fitting > 0) return fitting;
    if (this.#size > 0) {
      this.close();
      shiftFiles(this.#path, maxFiles);
      this.#open();
      this.#rotated();
      return this.#makeRoom(bytes);
    }
    const first = bytes.indexOf(lineFeed) + 1;
    return first > 0 ? first : bytes.length;
  }

  #open(): void {
    // O_NONBLOCK: a FIFO put in its place fails instead of hanging us.
    const fd = openSync(this.#path, flags | constants.O_NONBLOCK, 0o640);
    const stat = fstatSync(fd);
    if (!stat.isFile()) {
      closeSync(fd);
      throw Object.assign(new TypeError(`${this.#path} is not a regular file`), { code: 'EINVAL' });
    }
    this.#fd = fd;
    this.#size = stat.size;
  }

  #writeAll(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const written = writeSync(this.#fd, bytes, at);
      at += written;
      this.#size += written;
    }
  }
}
