/** Frames of a fake call, one after the other. */
export async function* stream<T>(...frames: readonly T[]): AsyncGenerator<T> {
  for (const frame of frames) yield await Promise.resolve(frame);
}

/** All that comes, in a list. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** All that an input holds, as text. */
export async function drainText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await collect(chunks)).toString();
}
