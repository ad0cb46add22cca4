import type { CallOptions } from '@wharf/core';
import { DataLossError } from '@wharf/core';
import type { ContentStore } from '../../content/content.js';
import type { PlacedBlob } from './load.js';

export interface FetchOptions extends CallOptions {
  readonly onProgress?: (current: number, total: number) => void;
}

/** Makes a blob one of the store, verified while it comes; bytes that an earlier try left are gone on with. */
export async function fetchBlob(
  content: Pick<ContentStore, 'find' | 'begin'>,
  { source, blob }: PlacedBlob,
  { signal, onProgress }: FetchOptions,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    if ((await content.find(blob.digest)) === blob.size) return;
    const ingest = await content.begin(blob, { signal });
    try {
      let current = ingest.offset;
      onProgress?.(current, blob.size);
      if (current < blob.size) {
        for await (const chunk of source.blob(blob, current, { signal })) {
          await ingest.write(chunk);
          current += chunk.byteLength;
          onProgress?.(current, blob.size);
        }
      }
      return await ingest.commit();
    } catch (error) {
      // What an earlier try left may be what is wrong; it is gone now.
      if (!(error instanceof DataLossError) || ingest.offset === 0 || attempt > 0) throw error;
    } finally {
      await ingest.close();
    }
  }
}
