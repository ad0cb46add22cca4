import { CancelledError, type CallOptions } from '@wharf/core';
import { maxLayers, type Digest } from '@wharf/oci';
import type { Layers } from '../../layers/layers.js';
import type { LooseFile } from './intake.js';

/** A smaller one is unpacked sooner than it is worth the trouble. */
const minBytes = 1 << 20;

/**
 * Unpacks plain layers of an archive while the rest of it is still coming, before its manifest says what they are. What
 * fails here is tried again, and reported, when the image is installed. Disposing it drops what no image took.
 */
export class EarlyLayers implements AsyncDisposable {
  readonly #layers: Pick<Layers, 'list' | 'stage' | 'unstage'>;
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;
  readonly #begun = new Map<Digest, Promise<void>>();

  constructor(layers: Pick<Layers, 'list' | 'stage' | 'unstage'>, { signal }: CallOptions) {
    this.#layers = layers;
    this.#signal = AbortSignal.any([signal, this.#ended.signal]);
  }

  /** The file stays where it is until `settled`. It may turn out to be no layer. */
  begin({ digest: diffId, size: blobSize, path: blobPath, head }: LooseFile): void {
    const plain = blobSize >= minBytes && !isPacked(head);
    if (!plain || this.#begun.has(diffId) || this.#begun.size >= maxLayers) return;
    if (this.#layers.list().some((layer) => layer.diffId === diffId)) return;
    const source = { diffId, blob: diffId, blobPath, blobSize, compression: 'none' as const };
    const work = this.#layers.stage(source, { signal: this.#signal });
    this.#begun.set(
      diffId,
      work.catch(() => undefined),
    );
  }

  async settled(): Promise<void> {
    await Promise.all(this.#begun.values());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new CancelledError('the load has ended'));
    await this.settled();
    const signal = AbortSignal.timeout(60_000);
    for (const diffId of this.#begun.keys()) await this.#layers.unstage(diffId, { signal });
  }
}

/** gzip, zstd, bzip2, xz. */
function isPacked(head: Buffer): boolean {
  return ['1f8b', '28b52ffd', '425a68', 'fd377a58'].some((magic) =>
    head.toString('hex').startsWith(magic),
  );
}
