import { isWharfError, ResourceExhaustedError, WharfError } from '@wharf/core';
import { statfsSync } from 'node:fs';
import type { Native } from '../../native/types.js';
import { PlacedSink } from '../files/placed-sink.js';
import { defaultTarLimits } from '../tar/entry.js';
import { TarReader } from '../tar/reader.js';
import { Applier } from '../unpack/apply/applier.js';
import { noSpaceFor } from '../unpack/apply/faults.js';
import type { LayerPath } from '../unpack/apply/names.js';
import { kernelPath } from '../unpack/apply/names.js';
import type { Archive } from './archive.js';
import type { Owner } from './write/owner.js';

/** Takes a descriptor of a file; undefined, with the descriptor closed, when it is no archive. */
export type OpenArchive = (fd: number) => Promise<Archive | undefined>;

const reserveBytes = 64 << 20;
/** Of compressed archives, as for layers. */
const byteLimit = { base: 64 << 20, perCompressed: 1100 };

export interface UnpackOptions {
  readonly native: Native;
  /** A directory of the thread's own root, without links. */
  readonly path: LayerPath;
  readonly archive: Archive;
  /** Of all members, whatever the archive says; undefined is what it says. */
  readonly owner: Owner | undefined;
}

/** An archive of plain files into a directory: what is in the way is replaced, directories merge. */
export async function unpack({ native, path, archive, owner }: UnpackOptions): Promise<void> {
  const applier = new Applier(native, () => undefined, { layer: false, keepKinds: false });
  const reader = new TarReader(new PlacedSink(applier, path, owner), defaultTarLimits);
  const { bavail, bsize } = statfsSync(kernelPath(path));
  const most = Math.max(0, bavail * bsize - reserveBytes);
  const limit = byteLimit.base + byteLimit.perCompressed * archive.bytes;
  let bytes = 0;
  try {
    for await (const chunk of archive.chunks) {
      bytes += chunk.length;
      if (bytes > most) throw noSpaceFor('the archive', most);
      if (archive.isCompressed && bytes > limit) throw tooLarge(limit, archive.bytes);
      reader.push(chunk);
    }
    reader.finish();
    applier.finish();
  } catch (error) {
    throw ofArchive(error);
  } finally {
    archive.close();
  }
}

function tooLarge(limit: number, compressed: number): ResourceExhaustedError {
  return new ResourceExhaustedError(
    `the archive unpacks to more than ${limit} bytes, which is the limit for ${compressed} compressed bytes`,
    { facts: { limit: String(limit), compressedBytes: String(compressed) } },
  );
}

/** The words of the applier are for layers. */
function ofArchive(error: unknown): unknown {
  if (!isWharfError(error)) return error;
  const message = error.message
    .replace(/^the layer is refused/, 'the archive is refused')
    .replace(/stream of the layer/, 'stream of the archive');
  return new WharfError(error.code, message, { cause: error, facts: error.facts });
}
