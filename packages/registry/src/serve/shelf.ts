import type { BlobDescriptor, CallOptions, Contents, Images } from '@wharf/core';
import { isWharfError } from '@wharf/core';
import { familiarName, parseReference, type Reference } from '@wharf/oci';
import { Refusal } from './refusal.js';

/** What a repository of the daemon offers. */
export interface Offer {
  /** Tag -> what it points at. */
  readonly tags: ReadonlyMap<string, BlobDescriptor>;
  /** All that the tags reach and that is here, by digest. */
  readonly blobs: ReadonlyMap<string, BlobDescriptor>;
}

/** The images of the daemon as repositories. A path is read as a person would write the name: `busybox`, `quay.io/a/b`. */
export interface Shelf {
  repositories(options: CallOptions): Promise<readonly string[]>;
  /** @throws Refusal NAME_UNKNOWN when no image here has that name */
  offer(path: string, options: CallOptions): Promise<Offer>;
}

/** What a push of a large image asks for, a few times over; repositories beyond are looked at anew. */
const keptOffers = 64;

/** @param changes is another value whenever images may have changed: until then what was found of a repository is kept */
export function createShelf(
  images: Pick<Images, 'list'>,
  contents: Pick<Contents, 'describe'>,
  changes: () => unknown = () => ({}),
): Shelf {
  const kept = new Map<string, Offer>();
  let keptAt: unknown;
  const keep = (path: string, offer: Offer, at: unknown): void => {
    if (at !== keptAt) kept.clear();
    keptAt = at;
    const [oldest] = kept.keys();
    if (kept.size >= keptOffers && oldest !== undefined) kept.delete(oldest);
    kept.set(path, offer);
  };
  const names = async (options: CallOptions): Promise<readonly Reference[]> => {
    const all = await images.list(options);
    return all.flatMap(({ repoTags }) => repoTags.map((name) => parseReference(name)));
  };
  const reach = async (
    name: string,
    options: CallOptions,
  ): Promise<{ target: BlobDescriptor; blobs: readonly BlobDescriptor[] } | undefined> => {
    try {
      const { target, blobs } = await contents.describe(name, options);
      return { target, blobs: [...blobs, target] };
    } catch (error) {
      // It was removed since it was listed.
      if (isWharfError(error) && error.code === 'not-found') return undefined;
      throw error;
    }
  };
  const look = async (path: string, options: CallOptions): Promise<Offer> => {
    const wanted = referenceOf(path);
    const tags = new Map<string, BlobDescriptor>();
    const blobs = new Map<string, BlobDescriptor>();
    for (const { domain, path: own, tag } of await names(options)) {
      if (domain !== wanted.domain || own !== wanted.path || tag === undefined) continue;
      const found = await reach(`${domain}/${own}:${tag}`, options);
      if (found === undefined) continue;
      tags.set(tag, found.target);
      for (const blob of found.blobs) blobs.set(blob.digest, blob);
    }
    return { tags, blobs };
  };
  return {
    async repositories(options) {
      const paths = (await names(options)).map(familiarName).filter((path) => !path.includes(':'));
      return [...new Set(paths)].sort();
    },
    async offer(path, options) {
      const at = changes();
      const known = at === keptAt ? kept.get(path) : undefined;
      const offer = known ?? (await look(path, options));
      // Also that there is none: a first push asks for each blob of it.
      if (known === undefined && at === changes()) keep(path, offer, at);
      if (offer.tags.size > 0) return offer;
      throw new Refusal(404, 'NAME_UNKNOWN', `there is no image ${path} here`);
    },
  };
}

/** @throws Refusal NAME_INVALID */
export function referenceOf(path: string): Reference {
  try {
    return parseReference(path);
  } catch (error) {
    throw new Refusal(400, 'NAME_INVALID', (error as Error).message);
  }
}
