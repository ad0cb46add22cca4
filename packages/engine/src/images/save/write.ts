import type { CallOptions } from '@wharf/core';
import { DataLossError } from '@wharf/core';
import type { Descriptor } from '@wharf/oci';
import type { ContentStore } from '../../content/content.js';
import type { ArchivePort } from '../archive-port.js';
import { blobPath } from './documents.js';

export interface WriteDependencies {
  readonly content: Pick<ContentStore, 'stream'>;
  readonly archives: ArchivePort;
}

/** What an archive is made of: blobs of the store, and documents of its own by path. */
export interface ArchiveContent {
  readonly blobs: readonly Descriptor[];
  readonly documents: ReadonlyMap<string, Uint8Array>;
}

type Body = Uint8Array | Descriptor;

/** Small pieces go out together, up to this. */
const gatherBytes = 64 << 10;

/** The archive: its members sorted by name, with nothing of the host or the day in it. */
export async function* writeArchive(
  deps: WriteDependencies,
  { blobs, documents }: ArchiveContent,
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  const members = new Map<string, Body | undefined>([['blobs/', undefined]]);
  for (const blob of blobs) members.set(blobPath(blob.digest), blob);
  for (const [path, bytes] of documents) members.set(path, bytes);
  for (const path of [...members.keys()]) {
    if (path.startsWith('blobs/') && path !== 'blobs/')
      members.set(path.slice(0, path.lastIndexOf('/') + 1), undefined);
  }
  const paths = [...members.keys()].sort();
  yield* gathered(writeMembers(deps, paths, members, options));
}

async function* writeMembers(
  deps: WriteDependencies,
  paths: readonly string[],
  members: ReadonlyMap<string, Body | undefined>,
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  const { archives } = deps;
  for (const path of paths) {
    const body = members.get(path);
    if (body === undefined) yield archives.header(path);
    else {
      const size = body instanceof Uint8Array ? body.length : body.size;
      yield archives.header(path, size);
      if (body instanceof Uint8Array) yield body;
      else yield* wholeBlob(deps, body, options);
      yield archives.padding(size);
    }
  }
  yield archives.trailer;
}

async function* wholeBlob(
  { content }: WriteDependencies,
  blob: Descriptor,
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  let written = 0;
  for await (const piece of content.stream(blob.digest, options)) {
    written += piece.length;
    if (written <= blob.size) yield piece;
  }
  if (written !== blob.size)
    throw new DataLossError(`blob ${blob.digest} has ${written} instead of ${blob.size} bytes`);
}

async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  const flush = (): Uint8Array => {
    const all = Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
    return all;
  };
  for await (const piece of pieces) {
    if (bytes > 0 && bytes + piece.length > gatherBytes) yield flush();
    if (piece.length >= gatherBytes) {
      yield piece;
      continue;
    }
    waiting.push(piece);
    bytes += piece.length;
  }
  if (bytes > 0) yield flush();
}
