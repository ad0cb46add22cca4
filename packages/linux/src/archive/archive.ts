import { InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import type { ArchiveEvent, ArchiveMember, ArchivePort } from '@wharf/engine/ports';
import { paddingOf, type TarEntry, type TarSink } from '../tar/entry.js';
import { defaultTarLimits, encodeHeader, TarReader, tarTrailer } from '../tar/index.js';
import { openCompressed } from './open.js';

/** The tar around images, of save and load. */
export function createArchives(): ArchivePort {
  return {
    async *read(source, { signal, maxMembers }) {
      const collector = new Collector();
      const limits = { ...defaultTarLimits, entries: maxMembers, paxBytes: 64 << 10 };
      const reader = new TarReader(collector, limits);
      const given = new Counted(source);
      let bytes = 0;
      for await (const chunk of openCompressed(given, { signal })) {
        signal.throwIfAborted();
        bytes += chunk.length;
        refuseBomb(bytes, given.bytes);
        reader.push(chunk);
        yield collector.take();
      }
      reader.finish();
    },
    header: (path, size) =>
      encodeHeader(
        size === undefined
          ? { path, type: 'directory', mode: 0o755 }
          : { path, type: 'file', mode: 0o644, size },
      ),
    padding: (size) => tarTrailer.subarray(0, paddingOf(size)),
    trailer: tarTrailer,
  };
}

/** No archive of gzip is smaller than that; those of zstd and xz can be, by far. */
const perCompressed = 1100;
const baseBytes = 64 << 20;

function refuseBomb(bytes: number, compressed: number): void {
  const most = baseBytes + perCompressed * compressed;
  if (bytes <= most) return;
  throw new ResourceExhaustedError(
    `the archive unpacks to more than ${most} bytes, which is the limit for ${compressed} compressed bytes`,
    { facts: { limit: String(most), compressedBytes: String(compressed) } },
  );
}

/** Counts what is taken. */
class Counted implements AsyncIterable<Uint8Array> {
  bytes = 0;
  readonly #source: AsyncIterable<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source) {
      this.bytes += chunk.byteLength;
      yield chunk;
    }
  }
}

/** What the push parser says about one chunk; the bytes are parts of that chunk. */
class Collector implements TarSink {
  #events: ArchiveEvent[] = [];

  take(): readonly ArchiveEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  entry(entry: TarEntry): void {
    if (entry.sparse !== undefined) {
      throw new InvalidArgumentError('the archive has a sparse file, which no image archive has');
    }
    this.#events.push({ kind: 'member', member: memberOf(entry) });
  }

  data(chunk: Buffer, start: number, end: number): void {
    this.#events.push({ kind: 'data', bytes: chunk.subarray(start, end) });
  }

  end(): void {
    this.#events.push({ kind: 'end' });
  }
}

const kinds = new Set(['file', 'directory', 'symlink', 'hardlink']);

function memberOf(entry: TarEntry): ArchiveMember {
  return {
    path: text(entry.path),
    type: (kinds.has(entry.type) ? entry.type : 'other') as ArchiveMember['type'],
    size: entry.size,
    link: text(entry.link),
  };
}

function text(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidArgumentError('the archive has a name that is not UTF-8', { cause });
  }
}
