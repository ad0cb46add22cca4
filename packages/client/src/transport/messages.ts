import { DataLossError, ResourceExhaustedError, WharfError } from '@wharf/core';

/** The prefix of each message: one byte for compression, four for the length (gRPC over HTTP/2). */
const prefixBytes = 5;
/** An answer is never larger: thousands of containers with their specs are some megabytes. */
const maxMessageBytes = 64 * 1024 * 1024;

/** A copy of a message, which may be in parts, behind its prefix. */
export function framedMessage(...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const framed = Buffer.allocUnsafe(prefixBytes + length);
  framed[0] = 0;
  framed.writeUInt32BE(length, 1);
  let at = prefixBytes;
  for (const part of parts) {
    framed.set(part, at);
    at += part.length;
  }
  return framed;
}

/** Says of a message of `length` bytes that begins so whether all but its first `size` bytes are a stream's own. */
export type BulkStart<T> = (
  start: Uint8Array,
  length: number,
) => { readonly size: number; of(bytes: Buffer): T } | undefined;

/** Some bytes of a stream, as the message that would carry them alone. */
export interface BulkPart<T> {
  readonly bulk: T;
}

/** What a bulk message's shape shows in. */
const bulkStartBytes = 6;

/** Puts messages together from the pieces in which they came; a message within one piece is not copied. */
export class MessageAssembler {
  readonly #pieces: Buffer[] = [];
  #size = 0;
  #bulk: { left: number; readonly of: (bytes: Buffer) => unknown } | undefined;

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
  }

  /** The next whole message, or such part of a bulk message as has come. */
  nextPart<T>(start: BulkStart<T>): Buffer | BulkPart<T> | undefined {
    if (this.#bulk === undefined) this.#beginBulk(start);
    const bulk = this.#bulk;
    if (bulk === undefined) return this.next();
    const first = this.#pieces[0];
    if (first === undefined) return undefined;
    const bytes = this.#take(Math.min(first.length, bulk.left));
    bulk.left -= bytes.length;
    if (bulk.left === 0) this.#bulk = undefined;
    return { bulk: bulk.of(bytes) as T };
  }

  #beginBulk<T>(start: BulkStart<T>): void {
    const length = this.#length();
    if (length === undefined || this.#size < prefixBytes + Math.min(length, bulkStartBytes)) return;
    const begin = this.#peek(prefixBytes + Math.min(length, bulkStartBytes)).subarray(prefixBytes);
    const bulk = start(begin, length);
    if (bulk === undefined || bulk.size === length) return;
    this.#take(prefixBytes + bulk.size);
    this.#bulk = { left: length - bulk.size, of: (bytes) => bulk.of(bytes) };
  }

  /** The next whole message. Throws for one that is compressed or too large. */
  next(): Buffer | undefined {
    const length = this.#length();
    if (length === undefined || this.#size < prefixBytes + length) return undefined;
    return this.#take(prefixBytes + length).subarray(prefixBytes);
  }

  /** What the prefix of the next message says, once it is here. */
  #length(): number | undefined {
    if (this.#size < prefixBytes) return undefined;
    const prefix = this.#peek(prefixBytes);
    if (prefix[0] !== 0) {
      throw new WharfError('unimplemented', 'the server compressed a message unasked');
    }
    const length = prefix.readUInt32BE(1);
    if (length > maxMessageBytes) {
      throw new ResourceExhaustedError(`the server sent a message of ${length} bytes`);
    }
    return length;
  }

  /** Throws data-loss when the stream ended inside a message. */
  end(): void {
    if (this.#size === 0 && this.#bulk === undefined) return;
    throw new DataLossError('the server broke off in the middle of a message');
  }

  #peek(length: number): Buffer {
    const first = this.#pieces[0];
    if (first !== undefined && first.length >= length) return first;
    return Buffer.concat(this.#pieces.slice(0, length)).subarray(0, length);
  }

  #take(length: number): Buffer {
    const taken: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const piece = this.#pieces[0] ?? Buffer.alloc(0);
      const part = piece.subarray(0, missing);
      taken.push(part);
      missing -= part.length;
      if (part.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(part.length);
    }
    this.#size -= length;
    const [only] = taken;
    return taken.length === 1 && only !== undefined ? only : Buffer.concat(taken, length);
  }
}
