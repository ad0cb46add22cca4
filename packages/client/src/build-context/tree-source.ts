import { NotFoundError } from '@wharf/core';
import type { TreeChunk, TreeSource } from '@wharf/core';
import { sha256, sha256Sum } from '../sha256.js';
import { changedError } from './file-error.js';
import { chunkBytes, chunksOf, smallBytes, SmallReader } from './hash-file.js';
import type { SeenFile } from './hash-file.js';

/** Of a document that is sent. */
const partBytes = 256 << 10;

export interface Pieces {
  /** By digest. */
  readonly documents: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, SeenFile>;
}

/**
 * Documents from memory, files from the disk. The memory of a chunk is used again for those that come after the next one is asked for.
 * `read` throws not-found for a digest that the tree does not have, and failed-precondition, with `facts.path`, for a file that
 * is not what it was when the tree was made.
 */
export function treeSource({ documents, files }: Pieces): TreeSource {
  return {
    async *read(digests) {
      const reader = new SmallReader();
      for (const digest of digests) {
        const document = documents.get(digest);
        const file = files.get(digest);
        if (document !== undefined) yield* documentParts(digest, document);
        else if (file === undefined) throw new NotFoundError('piece of the build context', digest);
        else if (file.size <= smallBytes) yield small(reader, digest, file);
        else yield* large(digest, file);
      }
    },
  };
}

function* documentParts(digest: string, document: string): Generator<TreeChunk> {
  const data = Buffer.from(document, 'latin1');
  let at = 0;
  do {
    const part = data.subarray(at, at + partBytes);
    at += partBytes;
    yield { digest, data: part, last: at >= data.length };
  } while (at < data.length);
}

function small(reader: SmallReader, digest: string, file: SeenFile): TreeChunk {
  const data = Buffer.from(reader.read(file));
  if (!file.isSettled) checkDigest(sha256(data), digest, file);
  return { digest, data, last: true };
}

/** One chunk behind: the last one is given out when all are known to be right, by the file's identity or, where that may not tell, by their sum. */
async function* large(digest: string, file: SeenFile): AsyncGenerator<TreeChunk> {
  const sum = file.isSettled ? undefined : sha256Sum();
  let held: Buffer | undefined;
  const [even, odd] = [Buffer.allocUnsafeSlow(chunkBytes), Buffer.allocUnsafeSlow(chunkBytes)];
  let isOdd = false;
  const next = (): Buffer => ((isOdd = !isOdd) ? odd : even);
  for await (const chunk of chunksOf(file, next)) {
    if (held !== undefined) yield { digest, data: held, last: false };
    held = chunk;
    sum?.update(chunk);
  }
  if (sum !== undefined) checkDigest(sum.digest('hex'), digest, file);
  yield { digest, data: held ?? Buffer.alloc(0), last: true };
}

function checkDigest(hex: string, digest: string, file: SeenFile): void {
  if (`sha256:${hex}` !== digest) throw changedError(file.name);
}
