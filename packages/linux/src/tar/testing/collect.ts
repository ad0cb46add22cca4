import type { TarEntry, TarLimits, TarSink } from '../entry.js';
import { TarReader } from '../reader.js';

export interface Collected {
  readonly entry: TarEntry;
  readonly body: Buffer;
}

/** Reads an archive, cut into pieces of `step` bytes, into memory; holes are zeros. */
export function collect(
  archive: Buffer,
  options: { readonly step?: number; readonly limits?: TarLimits } = {},
): Collected[] {
  const all: Collected[] = [];
  let current: { entry: TarEntry; body: Buffer } | undefined;
  const sink: TarSink = {
    entry(entry) {
      current = { entry, body: Buffer.alloc(entry.size) };
    },
    data(chunk, start, end, position) {
      chunk.copy(current?.body ?? Buffer.alloc(0), position, start, end);
    },
    end() {
      if (current !== undefined) all.push(current);
      current = undefined;
    },
  };
  const reader = new TarReader(sink, options.limits);
  const step = options.step ?? archive.length;
  for (let at = 0; at < archive.length; at += step) reader.push(archive.subarray(at, at + step));
  reader.finish();
  return all;
}
