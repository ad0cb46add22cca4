/** A stream whose first bytes have been looked at. */
export interface Peeked {
  /** At least as many as were asked for, unless there are fewer. */
  readonly head: Uint8Array;
  /** All of it, the head too. Can be read once. */
  readonly all: AsyncIterable<Uint8Array>;
}

export async function peek(chunks: AsyncIterable<Uint8Array>, bytes: number): Promise<Peeked> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < bytes) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return { head, all: again(head, iterator) };
}

async function* again(
  head: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (;;) {
    const { done, value } = await iterator.next();
    if (done === true) return;
    yield value;
  }
}
