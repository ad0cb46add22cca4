import { DataLossError, ResourceExhaustedError, WharfError } from '@wharf/core';

/** The prefix of each message: one byte for compression, four for the length (gRPC over HTTP/2). */
const prefixBytes = 5;
/** An answer is never larger: thousands of containers with their specs are some megabytes. */
const maxMessageBytes = 64 * 1024 * 1024;

export function framedMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(prefixBytes + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, prefixBytes);
  return framed;
}

/** Puts messages together from the pieces in which they came; a message within one piece is not copied. */
export class MessageAssembler {
  readonly #pieces: Buffer[] = [];
  #size = 0;

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
  }

  /** The next whole message. Throws for one that is compressed or too large. */
  next(): Buffer | undefined {
    if (this.#size < prefixBytes) return undefined;
    const prefix = this.#peek(prefixBytes);
    if (prefix[0] !== 0) {
      throw new WharfError('unimplemented', 'the server compressed a message unasked');
    }
    const length = prefix.readUInt32BE(1);
    if (length > maxMessageBytes) {
      throw new ResourceExhaustedError(`the server sent a message of ${length} bytes`);
    }
    if (this.#size < prefixBytes + length) return undefined;
    return this.#take(prefixBytes + length).subarray(prefixBytes);
  }

  /** Throws data-loss when the stream ended inside a message. */
  end(): void {
    if (this.#size > 0) throw new DataLossError('the server broke off in the middle of a message');
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
