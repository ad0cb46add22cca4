import type { Answer } from './answer.js';
import { buildImage, buildIndex, describe, digestOf } from './images.js';
import type { BuiltImage, ImageInput } from './images.js';
import type { FakeDescriptor } from './types.js';

interface StoredManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** What the fake registry serves: blobs for all repositories, manifests by repository and tag or digest. */
export class FakeStore {
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #pushed = new Map<string, Map<string, Uint8Array>>();
  readonly #manifests = new Map<string, StoredManifest>();

  putBlob(bytes: Uint8Array, mediaType = 'application/octet-stream'): FakeDescriptor {
    const descriptor = describe(bytes, mediaType);
    this.#blobs.set(descriptor.digest, bytes);
    return descriptor;
  }

  /** Serves `bytes` under a digest that need not be theirs. */
  putBlobAs(digest: string, bytes: Uint8Array): void {
    this.#blobs.set(digest, bytes);
  }

  /** Serves `bytes` under their digest and under `names` (tags, or digests that are not theirs). */
  putManifest(
    repo: string,
    bytes: Uint8Array,
    mediaType: string,
    ...names: string[]
  ): FakeDescriptor {
    const descriptor = describe(bytes, mediaType);
    for (const name of [descriptor.digest, ...names]) {
      this.#manifests.set(`${repo}@${name}`, { bytes, mediaType });
    }
    return descriptor;
  }

  putImage(repo: string, tag: string | undefined, input: ImageInput | BuiltImage): BuiltImage {
    const image = 'manifest' in input ? input : buildImage(input);
    for (const [digest, bytes] of image.blobs) this.#blobs.set(digest, bytes);
    this.putManifest(repo, image.manifest, image.descriptor.mediaType, ...(tag ? [tag] : []));
    return image;
  }

  putIndex(repo: string, tag: string, images: readonly BuiltImage[]): FakeDescriptor {
    for (const image of images) this.putImage(repo, undefined, image);
    const index = buildIndex(images);
    return this.putManifest(repo, index.bytes, index.descriptor.mediaType, tag);
  }

  /** Whether the repository has it: those put by a test belong to all repositories. */
  hasBlob(repo: string, digest: string): boolean {
    return this.#blobs.has(digest) || this.#pushed.get(repo)?.has(digest) === true;
  }

  /** A blob that was pushed to, or mounted into, this repository alone. */
  addPushed(repo: string, digest: string, bytes: Uint8Array): void {
    const blobs = this.#pushed.get(repo) ?? new Map<string, Uint8Array>();
    this.#pushed.set(repo, blobs.set(digest, bytes));
  }

  /** The bytes of a blob of the repository. */
  blob(repo: string, digest: string): Uint8Array | undefined {
    return this.#pushed.get(repo)?.get(digest) ?? this.#blobs.get(digest);
  }

  manifest(repo: string, name: string): Uint8Array | undefined {
    return this.#manifests.get(`${repo}@${name}`)?.bytes;
  }

  /** In order of their names. */
  tags(repo: string): readonly string[] {
    const start = `${repo}@`;
    const names = [...this.#manifests.keys()].filter((key) => key.startsWith(start));
    const tags = names.map((key) => key.slice(start.length)).filter((name) => !name.includes(':'));
    return tags.sort();
  }

  /** All manifests of the repository by digest. */
  manifests(repo: string): readonly (StoredManifest & FakeDescriptor)[] {
    const start = `${repo}@sha256:`;
    return [...this.#manifests]
      .filter(([key]) => key.startsWith(start))
      .map(([, stored]) => ({ ...stored, ...describe(stored.bytes, stored.mediaType) }));
  }

  blobAnswer(digest: string, repo = ''): Answer {
    const body = this.blob(repo, digest);
    if (body === undefined) return failure(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    const headers = {
      'content-type': 'application/octet-stream',
      'docker-content-digest': digest,
      'accept-ranges': 'bytes',
      etag: `"${digest}"`,
    };
    return { status: 200, headers, body, ranges: true };
  }

  manifestAnswer(repo: string, name: string): Answer {
    const found = this.#manifests.get(`${repo}@${name}`);
    if (found === undefined) return failure(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    const headers = {
      'content-type': found.mediaType,
      'docker-content-digest': digestOf(found.bytes),
    };
    return { status: 200, headers, body: found.bytes };
  }
}

/** An error answer in the form of the distribution spec. */
export function failure(status: number, code: string, message: string): Answer {
  const body = Buffer.from(JSON.stringify({ errors: [{ code, message }] }));
  return { status, headers: { 'content-type': 'application/json' }, body };
}
