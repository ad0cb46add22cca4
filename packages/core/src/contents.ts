import type { CallOptions } from './call.js';

export interface BlobDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** All that a name reaches here, in the order in which it is to be written elsewhere: layers, configs, manifests, index. */
export interface ImageContent {
  readonly target: BlobDescriptor;
  /** Canonical name with tag; empty for an image that was asked for by id. */
  readonly name: string;
  readonly blobs: readonly BlobDescriptor[];
  /** Manifests of the index that are not here and stay out. */
  readonly absent: readonly BlobDescriptor[];
}

export interface BlobWrite {
  /** Keeps what is written from collection until the image is named or a day has passed. The caller's choice. */
  readonly lease: string;
  readonly blob: BlobDescriptor;
  /** Byte of the blob that the first chunk begins with; must be what `missing` said. */
  readonly offset: number;
}

export interface MissingBlob {
  readonly blob: BlobDescriptor;
  /** Bytes that are here already, from an earlier try. */
  readonly offset: number;
}

/** The verified bytes of one daemon, for moving images between daemons without a registry. */
export interface Contents {
  describe(
    ref: string,
    options: CallOptions & { readonly platform?: string },
  ): Promise<ImageContent>;
  /** Those of the blobs that are not here; the lease holds all of them from now on. */
  missing(
    lease: string,
    blobs: readonly BlobDescriptor[],
    options: CallOptions,
  ): Promise<readonly MissingBlob[]>;
  read(
    digest: string,
    options: CallOptions & { readonly offset?: number },
  ): AsyncIterable<Uint8Array>;
  /** Verified before it is kept; an interrupted write can go on later. */
  write(request: BlobWrite, chunks: AsyncIterable<Uint8Array>, options: CallOptions): Promise<void>;
  /** Unpacks and names what was written. Needs all blobs of at least one platform. */
  name(
    lease: string,
    name: string,
    target: BlobDescriptor,
    options: CallOptions,
  ): Promise<{ readonly imageId: string }>;
}
