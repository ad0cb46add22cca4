import { InvalidArgumentError } from '@wharf/core';
import type { TreeChunk, TreeSource } from '@wharf/core';

/** Asked for at a time: bounds what a question takes, and half of it is on its way while the other is answered. */
const maxAsked = 2048;

type PieceFrame =
  | { readonly $case: 'root' }
  | { readonly $case: 'data'; readonly value: Uint8Array }
  | { readonly $case: 'ends'; readonly value: { readonly offsets: readonly number[] } };

export type PieceRequests = AsyncIterator<{ readonly frame?: PieceFrame | undefined }>;

interface Part {
  readonly data: Uint8Array;
  readonly last: boolean;
}

/**
 * The pieces of a tree that a caller sends when `ask` has told him which. Several reads are answered one after
 * another; what a reader has not taken when he leaves is skipped.
 */
export function askedPieces(
  requests: PieceRequests,
  ask: (digests: string[]) => Promise<void>,
): TreeSource {
  const parts = partsOf(requests);
  let turn: Promise<void> = Promise.resolve();
  let skipped = 0;

  const nextPart = async (): Promise<Part> => {
    const next = await parts.next();
    if (next.done !== true) return next.value;
    throw new InvalidArgumentError('the call ended before all was sent that was asked for');
  };

  async function* answers(digests: readonly string[]): AsyncGenerator<TreeChunk> {
    for (; skipped > 0; skipped--) while (!(await nextPart()).last);
    let pending = 0;
    const askFrom = (at: number): Promise<void> => {
      const some = digests.slice(at, at + maxAsked);
      pending += some.length;
      return some.length === 0 ? Promise.resolve() : ask(some);
    };
    try {
      await askFrom(0);
      for (const [at, digest] of digests.entries()) {
        if (at % maxAsked === 0) await askFrom(at + maxAsked);
        for (let last = false; !last;) {
          const part = await nextPart();
          last = part.last;
          if (last) pending -= 1;
          yield { digest, data: part.data, last };
        }
      }
    } finally {
      skipped += pending;
    }
  }

  return {
    async *read(digests) {
      const before = turn;
      const { promise, resolve } = Promise.withResolvers<void>();
      turn = promise;
      try {
        await before;
        yield* answers(digests);
      } finally {
        resolve();
      }
    },
  };
}

/** What the messages carry: bytes of a piece, and whether they end it. */
async function* partsOf(requests: PieceRequests): AsyncGenerator<Part, undefined> {
  let ends: readonly number[] = [];
  for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
    const { frame } = next.value;
    if (frame?.$case === 'data') {
      yield* cutAt(ends, frame.value);
      ends = [];
    } else if (frame?.$case === 'ends' && ends.length === 0) {
      ends = frame.value.offsets;
    } else {
      throw new InvalidArgumentError('a frame after root must be data, or ends of it');
    }
  }
  return undefined;
}

function* cutAt(ends: readonly number[], data: Uint8Array): Generator<Part> {
  let from = 0;
  for (const end of ends) {
    if (end < from || end > data.byteLength) {
      throw new InvalidArgumentError('the ends of pieces are not ascending within their bytes');
    }
    yield { data: data.subarray(from, end), last: true };
    from = end;
  }
  if (from < data.byteLength) yield { data: data.subarray(from), last: false };
}
