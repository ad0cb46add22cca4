import { opendirSync, rmdirSync, unlinkSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { kernelPath } from './names.js';
import type { LayerPath } from './names.js';

const batch = 1024;

/**
 * Deletes a directory that this layer made, links in it being removed and not followed. For a jailed thread: there is
 * one file system, and names were bounded when they came in.
 */
export function deleteDirectory(path: LayerPath): void {
  for (let entries = readBatch(path); entries.length > 0; entries = readBatch(path)) {
    for (const entry of entries) {
      const child = `${path}/${entry.name.toString('latin1')}`;
      if (entry.isDirectory()) deleteDirectory(child);
      else unlinkSync(kernelPath(child));
    }
  }
  rmdirSync(kernelPath(path));
}

function readBatch(path: LayerPath): Dirent<Buffer>[] {
  return readDirectory(kernelPath(path), batch);
}

/** At most `most` entries of a directory, so that memory is bounded whatever it holds. */
export function readDirectory(path: Buffer | string, most: number): Dirent<Buffer>[] {
  // the types of node:fs know the encoding for readdir only
  const dir = opendirSync(path as string, {
    encoding: 'buffer' as BufferEncoding,
    bufferSize: 256,
  });
  try {
    const entries: Dirent<Buffer>[] = [];
    while (entries.length < most) {
      const entry = dir.readSync() as unknown as Dirent<Buffer> | null;
      if (entry === null) break;
      entries.push(entry);
    }
    return entries;
  } finally {
    dir.closeSync();
  }
}
