import { InvalidArgumentError } from '@wharf/core';
import type { Compression } from '../compression/compress.js';
import { sniff as sniffHead, sniffBytes } from '../pack/jobs/sniff.js';

/** An archive and how it is compressed, by its first bytes; counts what passes. */
export interface Sniffed extends AsyncIterable<Buffer> {
  readonly compression: Compression;
  /** Compressed bytes so far. */
  readonly bytes: number;
}

/** @throws InvalidArgumentError for a compression that is known and not supported */
export async function sniff(chunks: AsyncIterable<Buffer>): Promise<Sniffed> {
  const rest = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < sniffBytes) {
    const next = await rest.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const compression = sniffHead(head);
  if (compression === 'bzip2' || compression === 'xz') {
    throw new InvalidArgumentError(
      `the archive is compressed with ${compression}, which cannot be unpacked here: give it plain, or as gzip or zstd`,
    );
  }
  let bytes = 0;
  return {
    compression,
    get bytes() {
      return bytes;
    },
    async *[Symbol.asyncIterator]() {
      bytes += head.length;
      yield head;
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
        bytes += next.value.length;
        yield next.value;
      }
    },
  };
}
