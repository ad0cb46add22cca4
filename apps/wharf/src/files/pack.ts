import { closeSync, lstatSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { CallOptions } from '@wharf/core';
import { tarTrailer } from '@wharf/linux/tar';
import { openAnchor } from './anchored.js';
import { guard } from './guard.js';
import { MemberPacker } from './pack-member.js';

export interface PackSource {
  /** Absolute. */
  readonly path: string;
  /** Whether a link at the path itself stands for what it names; below it links are links. */
  readonly followLink: boolean;
  /** What the file or directory is called in the archive; undefined for what is in a directory, without itself. */
  readonly name: string | undefined;
}

export interface PackOptions extends CallOptions {
  /** Told of each socket, which no archive can hold, by its path. */
  readonly skipped: (path: string, what: string) => void;
}

/** Bytes that are sent at once: small files go together. */
const chunkBytes = 256 * 1024;

/**
 * Packs files of this machine for a copy into a container: sorted by name, each directory before what is in it, owners
 * as they are. A file that is changed while it is read fails the copy.
 */
export async function* packCopy(
  source: PackSource,
  { signal, skipped }: PackOptions,
): AsyncGenerator<Uint8Array> {
  let batch: Buffer[] = [];
  let size = 0;
  for (const part of parts(source, new MemberPacker(skipped))) {
    signal.throwIfAborted();
    batch.push(part);
    size += part.length;
    if (size < chunkBytes) continue;
    yield Buffer.concat(batch);
    batch = [];
    size = 0;
  }
  yield Buffer.concat([...batch, tarTrailer]);
}

function* parts(source: PackSource, packer: MemberPacker): Generator<Buffer> {
  const { path, followLink, name = '' } = source;
  const look = followLink ? statSync : lstatSync;
  const found = guard(Buffer.from(path), () => look(path));
  // What is in a directory is read there; a single file is a name in its parent.
  const anchor = openAnchor(found.isDirectory() ? path : dirname(path));
  try {
    if (found.isDirectory()) yield* packer.directory(anchor, Buffer.from(name));
    else
      yield* packer.entry(anchor, Buffer.from(basename(path)), Buffer.from(name), { followLink });
  } finally {
    closeSync(anchor);
  }
}
