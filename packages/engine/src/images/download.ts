import type { CallOptions } from '@wharf/core';
import { DataLossError } from '@wharf/core';
import type { Descriptor, Reference } from '@wharf/oci';
import { Flights } from '../concurrency/flights.js';
import { Semaphore } from '../concurrency/semaphore.js';
import type { ContentStore } from '../content/content.js';
import type { RegistryAuth, RegistryPort } from './ports.js';
import type { ProgressHub } from './progress.js';

export interface DownloadOptions extends CallOptions {
  readonly auth?: RegistryAuth;
}

export interface Downloads {
  /** Makes the blob a part of the content store; `exists` when it was one. Shared by all who ask meanwhile. */
  blob(
    reference: Reference,
    blob: Descriptor,
    options: DownloadOptions,
  ): Promise<'exists' | 'fetched'>;
}

/** Fetches blobs, at most `concurrency` at a time, each once, resuming what an earlier try left on disk. */
export function createDownloads(
  registry: RegistryPort,
  content: ContentStore,
  progress: ProgressHub,
  concurrency: number,
): Downloads {
  const places = new Semaphore(concurrency);
  const flights = new Flights<'exists' | 'fetched'>();

  const fetch = async (
    reference: Reference,
    blob: Descriptor,
    options: DownloadOptions,
  ): Promise<void> => {
    const tell = (phase: 'waiting' | 'downloading', current: number): void =>
      progress.tell({ id: blob.digest, phase, current, total: blob.size });
    tell('waiting', 0);
    await using _ = await places.acquire(options);
    for (let attempt = 0; ; attempt++) {
      const ingest = await content.begin(blob, options);
      try {
        let current = ingest.offset;
        tell('downloading', current);
        if (current < blob.size) {
          for await (const chunk of registry.fetchBlob(reference, blob, current, options)) {
            await ingest.write(chunk);
            current += chunk.byteLength;
            tell('downloading', current);
          }
        }
        return await ingest.commit();
      } catch (error) {
        // Bytes of an earlier try may be what is wrong: they are gone now, so one fresh try is worth it.
        const stale = error instanceof DataLossError && ingest.offset > 0 && attempt === 0;
        if (!stale) throw error;
      } finally {
        await ingest.close();
      }
    }
  };

  return {
    blob: (reference, blob, options) =>
      flights.join(blob.digest, options, async (signal) => {
        if ((await content.find(blob.digest)) === blob.size) return 'exists';
        await fetch(reference, blob, { ...options, signal });
        return 'fetched';
      }),
  };
}
