import {
  maxDocumentBytes,
  parseConfig,
  parseImageIndex,
  parseManifest,
  type Digest,
  type ImageConfig,
  type ImageIndex,
  type Manifest,
} from '@wharf/oci';
import type { ContentStore } from '../content/content.js';

const cached = 512;

export interface Sized<T> {
  readonly document: T;
  /** Bytes of the document as it is stored. */
  readonly size: number;
}

/** Parsed documents of the content store by digest; verified content never changes, so they are kept. not-found when absent. */
export class ImageDocuments {
  readonly #content: Pick<ContentStore, 'read'>;
  readonly #configs = new Map<Digest, Sized<ImageConfig>>();
  readonly #manifests = new Map<Digest, Sized<Manifest>>();
  readonly #indexes = new Map<Digest, Sized<ImageIndex>>();

  constructor(content: Pick<ContentStore, 'read'>) {
    this.#content = content;
  }

  async config(digest: Digest): Promise<ImageConfig> {
    return (await this.#get(this.#configs, digest, parseConfig)).document;
  }

  manifest(digest: Digest): Promise<Sized<Manifest>> {
    return this.#get(this.#manifests, digest, parseManifest);
  }

  index(digest: Digest): Promise<Sized<ImageIndex>> {
    return this.#get(this.#indexes, digest, parseImageIndex);
  }

  async #get<T>(
    known: Map<Digest, Sized<T>>,
    digest: Digest,
    parse: (bytes: Uint8Array) => T,
  ): Promise<Sized<T>> {
    const found = known.get(digest);
    if (found !== undefined) return found;
    const bytes = await this.#content.read(digest, maxDocumentBytes);
    const entry = { document: parse(bytes), size: bytes.byteLength };
    if (known.size >= cached) known.clear();
    known.set(digest, entry);
    return entry;
  }
}
