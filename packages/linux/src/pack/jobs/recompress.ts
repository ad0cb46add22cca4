import type { Compression } from '../../compression/compress.js';
import { decompress } from '../../compression/decompress.js';
import type { TarSink } from '../../tar/entry.js';
import { TarReader } from '../../tar/reader.js';
import type { Output, StoredLayer } from './protocol.js';
import { bounded, SourceFile } from './source.js';
import { store } from './store.js';
import type { JobIo } from './store.js';

const nowhere: TarSink = { entry: () => {}, data: () => {}, end: () => {} };
const nothingLeftOut = { sockets: 0, changed: 0, reserved: 0 };

/** The same archive with another compression. */
export async function recompress(
  blobPath: string,
  from: Compression,
  output: Output,
  io: JobIo,
): Promise<StoredLayer> {
  using file = new SourceFile(blobPath);
  const reader = new TarReader(nowhere);
  const chunks = bounded(decompress(file.chunks(), from), file.size, output.targetFile);
  const stored = await store(counted(chunks, reader), output, io);
  return { ...stored, entries: reader.entries, leftOut: nothingLeftOut };
}

async function* counted(chunks: AsyncIterable<Buffer>, reader: TarReader): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    reader.push(chunk);
    yield chunk;
  }
  // Whoever knows the digest knows where the archive ends.
  reader.finish({ endRequired: false });
}
