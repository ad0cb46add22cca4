import { InvalidArgumentError } from '@wharf/core';
import type { Compression } from '../compression/compress.js';

const longestMagic = 6;

const magics: readonly {
  readonly bytes: readonly number[];
  readonly compression: Compression | undefined;
  readonly name: string;
}[] = [
  { bytes: [0x1f, 0x8b], compression: 'gzip', name: 'gzip' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], compression: 'zstd', name: 'zstd' },
  { bytes: [0x42, 0x5a, 0x68], compression: undefined, name: 'bzip2' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], compression: undefined, name: 'xz' },
];

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
  while (head.length < longestMagic) {
    const next = await rest.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const magic = magics.find(({ bytes }) => bytes.every((byte, at) => head[at] === byte));
  if (magic !== undefined && magic.compression === undefined) {
    throw new InvalidArgumentError(
      `the archive is compressed with ${magic.name}, which cannot be unpacked here: give it plain, or as gzip or zstd`,
    );
  }
  let bytes = 0;
  return {
    compression: magic?.compression ?? 'none',
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
