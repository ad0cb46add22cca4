import { InvalidArgumentError } from '@wharf/core';
import { decompress } from '../../compression/decompress.js';
import { throughProgram } from './program.js';
import type { Identified } from './protocol.js';
import { sniff, sniffBytes } from './sniff.js';
import { bounded, SourceFile } from './source.js';
import { Hashed, store } from './store.js';
import type { JobIo } from './store.js';

/** What a file is compressed with, and the digest of what is in it. */
export async function identify(
  path: string,
  targetFile: string | undefined,
  io: JobIo,
): Promise<Identified> {
  using file = new SourceFile(path);
  const sniffed = sniff(file.head(sniffBytes));
  if (sniffed === 'bzip2' || sniffed === 'xz') return rewrite(file, sniffed, targetFile, io);
  const chunks = decompress(file.chunks(), sniffed);
  const hashed = new Hashed(bounded(chunks, file.size, undefined), io);
  await drain(hashed.chunks());
  return {
    compression: sniffed,
    diffId: hashed.digest(),
    uncompressedSize: hashed.bytes,
    rewritten: false,
  };
}

async function drain(chunks: AsyncIterable<Buffer>): Promise<void> {
  const pieces = chunks[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
}

async function rewrite(
  file: SourceFile,
  kind: 'bzip2' | 'xz',
  targetFile: string | undefined,
  io: JobIo,
): Promise<Identified> {
  if (targetFile === undefined) {
    throw new InvalidArgumentError(
      `the archive is compressed with ${kind}, which cannot be kept; use gzip or zstd`,
    );
  }
  const chunks = bounded(throughProgram(kind, file.fd), file.size, targetFile);
  const output = { compression: 'none', level: undefined, targetFile } as const;
  const { diffId, uncompressedSize } = await store(chunks, output, io);
  return { compression: 'none', diffId, uncompressedSize, rewritten: true };
}
