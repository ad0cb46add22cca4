import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import { NotFoundError } from '@wharf/core';
import { errnoOf } from '../unpack/apply/faults.js';
import { hexOf } from './digests.js';

const chunkBytes = 1 << 20;

/** The bytes of a piece as they lie on the disk. not-found */
export async function* streamPiece(
  root: string,
  digest: string,
  { signal, offset }: CallOptions & { readonly offset: number },
): AsyncGenerator<Uint8Array> {
  const hex = hexOf(digest);
  const path = join(root, hex.slice(0, 2), hex.slice(2));
  const file = createReadStream(path, { start: offset, highWaterMark: chunkBytes, signal });
  try {
    for await (const chunk of file) yield chunk as Uint8Array;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT')
      throw new NotFoundError('piece of a tree', digest, { cause: error });
    throw error;
  }
}
