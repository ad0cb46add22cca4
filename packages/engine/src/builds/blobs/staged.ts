import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest, LayerCompression } from '@wharf/oci';
import type { BlobIdentity } from '../../content/content.js';
import type { OpTools } from '../dependencies.js';
import type { BlobSink, MadeBlob } from '../executor.js';

/** A file that is whole and on the disk, for whoever gives it its name. */
export interface StagedBlob extends BlobIdentity {
  readonly file: string;
}

/**
 * Blobs of layers that were made with the layers, until the export of the same build takes them. They have no names, so that
 * of a build that fails, is cancelled or needs none of them nothing stays: their files go with its disposal.
 */
export class StagedBlobs implements BlobSink, AsyncDisposable {
  readonly compression: LayerCompression;
  readonly #scratch: OpTools['scratch'];
  readonly #blobs = new Map<Digest, MadeBlob>();
  #place: ReturnType<OpTools['scratch']> | undefined;
  /** Files on their way into the place. */
  readonly #coming = new Set<Promise<void>>();
  #ended = false;

  constructor(compression: LayerCompression, scratch: OpTools['scratch']) {
    this.compression = compression;
    this.#scratch = scratch;
  }

  async keep(file: string, made: MadeBlob): Promise<void> {
    if (this.#ended || this.#blobs.has(made.diffId)) return;
    this.#place ??= this.#scratch();
    const coming = this.#move(this.#place, file, made).finally(() => this.#coming.delete(coming));
    this.#coming.add(coming);
    await coming;
  }

  /** Undefined for what was not made, made in another way, or taken before: the file is the caller's. */
  async take(diffId: Digest, compression: LayerCompression): Promise<StagedBlob | undefined> {
    const made = this.#blobs.get(diffId);
    if (made === undefined || this.#place === undefined || compression !== this.compression)
      return undefined;
    // At once: who else asks makes it himself.
    this.#blobs.delete(diffId);
    const { path } = await this.#place;
    const file = join(path, nameOf(diffId));
    await syncFile(file);
    return { file, digest: made.digest, size: made.size };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await Promise.allSettled(this.#coming);
    const place = await this.#place?.catch(() => undefined);
    await place?.[Symbol.asyncDispose]();
  }

  async #move(place: ReturnType<OpTools['scratch']>, file: string, made: MadeBlob): Promise<void> {
    try {
      const { path } = await place;
      await rename(file, join(path, nameOf(made.diffId)));
    } catch (error) {
      // The layer is there all the same, and may be another build's by now.
      if (!this.#ended) throw error;
      return;
    }
    this.#blobs.set(made.diffId, made);
  }
}

function nameOf(diffId: Digest): string {
  return diffId.replace(':', '-');
}

async function syncFile(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}
