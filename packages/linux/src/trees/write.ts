import { InvalidArgumentError } from '@wharf/core';
import type { Contents } from './contents.js';
import { digestOf, hexOf } from './digests.js';
import type { Pace } from './pace.js';
import type { PieceWriter } from './piece-writer.js';
import type { PieceBatch, TreeCalls } from './protocol.js';

/** Writes pieces as they come. @throws InvalidArgumentError for one that is not what its digest says; those before it stay */
export async function writePieces(
  contents: Contents,
  batches: AsyncIterable<PieceBatch>,
  pace: Pace,
): Promise<TreeCalls['write']['answers']> {
  using pieces = new Pieces(contents);
  for await (const { bytes, parts } of batches) {
    let at = 0;
    for (const { digest, length, last } of parts) {
      pieces.push(digest, bytes.subarray(at, at + length), last);
      at += length;
      await pace.breathe();
    }
  }
  return pieces.finish();
}

class Pieces implements Disposable {
  readonly #contents: Contents;
  #bytes = 0;
  #pieces = 0;
  #current: { readonly digest: string; readonly writer: PieceWriter } | undefined;

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  push(digest: string, bytes: Uint8Array, last: boolean): void {
    this.#bytes += bytes.length;
    if (this.#current === undefined && last) {
      hexOf(digest);
      check(digest, digestOf(bytes));
      this.#contents.putAs(digest, bytes);
      this.#pieces++;
      return;
    }
    const current = this.#open(digest);
    current.push(bytes);
    if (!last) return;
    check(digest, current.digest());
    current.keep(digest);
    this[Symbol.dispose]();
    this.#pieces++;
  }

  finish(): TreeCalls['write']['answers'] {
    if (this.#current !== undefined) {
      throw new InvalidArgumentError(`the bytes of ${this.#current.digest} end too early`);
    }
    return { bytes: this.#bytes, pieces: this.#pieces };
  }

  [Symbol.dispose](): void {
    this.#current?.writer[Symbol.dispose]();
    this.#current = undefined;
  }

  #open(digest: string): PieceWriter {
    this.#current ??= { digest: `sha256:${hexOf(digest)}`, writer: this.#contents.writer() };
    if (this.#current.digest === digest) return this.#current.writer;
    throw new InvalidArgumentError(
      `bytes of ${digest} come before the end of ${this.#current.digest}`,
    );
  }
}

function check(said: string, is: string): void {
  if (said === is) return;
  throw new InvalidArgumentError(`the bytes that came as ${said} are ${is}`, {
    facts: { digest: said, actual: is },
  });
}
