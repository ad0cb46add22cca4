import type { CallOptions } from '@wharf/core';
import { decompress } from '../compression/decompress.js';
import { throughTool } from './tool.js';

type Kind = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2';

const magics: readonly (readonly [Kind, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['bzip2', [0x42, 0x5a, 0x68]],
];
const longestMagic = 6;

/** How a stream that begins with those bytes is compressed; a skippable frame may come before the first of zstd. */
export function sniff(head: Buffer): Kind {
  const found = magics.find(([, magic]) => magic.every((byte, i) => head[i] === byte));
  if (found !== undefined) return found[0];
  const skippable = head.length >= 4 && (head.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50;
  return skippable ? 'zstd' : 'none';
}

/** The bytes as they were before a compression that their beginning tells of. */
export async function* openCompressed(
  source: AsyncIterable<Uint8Array>,
  { signal }: CallOptions,
): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  try {
    for (let length = 0; length < longestMagic;) {
      const next = await chunks.next();
      if (next.done === true) break;
      head.push(asBuffer(next.value));
      length += next.value.length;
    }
    const kind = sniff(Buffer.concat(head.map((chunk) => chunk.subarray(0, longestMagic))));
    const whole = joined(head, chunks);
    if (kind === 'xz' || kind === 'bzip2') yield* throughTool(whole, kind, { signal });
    else yield* decompress(whole, kind);
  } finally {
    await chunks.return?.();
  }
}

async function* joined(
  head: readonly Buffer[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Buffer> {
  yield* head;
  for (;;) {
    const next = await rest.next();
    if (next.done === true) return;
    yield asBuffer(next.value);
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
