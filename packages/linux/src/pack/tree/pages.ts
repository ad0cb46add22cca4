import { readSync } from 'node:fs';
import { paddingOf } from '../../tar/entry.js';
import { tarTrailer } from '../../tar/writer.js';

/** Bytes of a page: what is handed on at a time. */
export const pageBytes = 1 << 20;

/** Gathers an archive into pages of equal size, however its members are cut. A page is used again for the next one. */
export class Pages {
  /** Bytes so far. */
  bytes = 0;
  readonly #page = Buffer.allocUnsafeSlow(pageBytes);
  #filled = 0;

  /** False, and nothing done, when they do not fit into the page with room to spare: then `put` does it. */
  add(bytes: Buffer): boolean {
    if (bytes.length >= pageBytes - this.#filled) return false;
    bytes.copy(this.#page, this.#filled);
    this.#filled += bytes.length;
    this.bytes += bytes.length;
    return true;
  }

  *put(bytes: Buffer): Generator<Buffer> {
    for (let at = 0; at < bytes.length;) {
      const taken = bytes.copy(this.#page, this.#filled, at);
      at += taken;
      yield* this.#advance(taken);
    }
  }

  /**
   * Exactly `size` bytes of a descriptor from its start, and the padding behind them: zeros where the file ends early.
   * Returns how many were there.
   */
  *body(fd: number, size: number): Generator<Buffer, number> {
    let left = size;
    while (left > 0) {
      const room = Math.min(left, pageBytes - this.#filled);
      const read = readSync(fd, this.#page, this.#filled, room, size - left);
      if (read === 0) break;
      left -= read;
      yield* this.#advance(read);
    }
    yield* this.#zeros(left + paddingOf(size));
    return size - left;
  }

  /** The end marker, and what is left. */
  *end(): Generator<Buffer> {
    yield* this.put(tarTrailer);
    if (this.#filled > 0) yield this.#page.subarray(0, this.#filled);
    this.#filled = 0;
  }

  *#zeros(count: number): Generator<Buffer> {
    for (let left = count; left > 0;) {
      const room = Math.min(left, pageBytes - this.#filled);
      this.#page.fill(0, this.#filled, this.#filled + room);
      left -= room;
      yield* this.#advance(room);
    }
  }

  *#advance(count: number): Generator<Buffer> {
    this.#filled += count;
    this.bytes += count;
    if (this.#filled < pageBytes) return;
    yield this.#page;
    this.#filled = 0;
  }
}
