import type { FoundFiles } from '@wharf/engine/ports';
import { readSync } from 'node:fs';
import type { Native } from '../../native/types.js';
import type { SearchJob } from './protocol.js';
import type { SourceEntry } from './source/source.js';
import { openSources } from './source/sources.js';

/** Reads what is wanted of a stack, on a thread with mounts of its own. */
export function search(native: Native, { request }: SearchJob): FoundFiles {
  const { lower, wanted, maxFiles, maxBytes } = request;
  const stack = { kind: 'stack', lower } as const;
  const source = openSources(native, '', [stack])(stack);
  const files: { readonly path: string; readonly content: Uint8Array }[] = [];
  let [leftOut, bytes] = [0, 0];
  for (const entry of source.walk({ start: '', include: () => true })) {
    if (entry.kind !== 'file') continue;
    const match = wanted.find(({ pattern }) => pattern.test(entry.path));
    if (match === undefined) continue;
    const size = Math.min(entry.size, match.maxBytes);
    const tooLong = entry.size > match.maxBytes && !match.head;
    if (tooLong || files.length >= maxFiles || bytes + size > maxBytes) {
      leftOut++;
      continue;
    }
    const content = read(native, entry, size);
    bytes += content.length;
    files.push({ path: entry.path, content });
  }
  return { files, leftOut };
}

function read(native: Native, entry: SourceEntry, size: number): Uint8Array {
  const fd = entry.open();
  try {
    // Not of the shared pool, so that it travels alone.
    const content = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const got = readSync(fd, content, at, size - at, at);
      if (got === 0) break;
      at += got;
    }
    return at === size ? content : content.slice(0, at);
  } finally {
    native.close(fd);
  }
}
