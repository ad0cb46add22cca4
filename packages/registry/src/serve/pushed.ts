import type { BlobDescriptor, CallOptions, Contents } from '@wharf/core';
import { leaseOf } from './lease.js';

/** Of all repositories together; the repository that was pushed to first is forgotten first. */
const maxNotes = 20_000;

/**
 * What clients have pushed to repositories and no name reaches yet. A client may ask for it before it pushes the
 * manifest, as docker does after each upload.
 */
export interface Pushed {
  note(repository: string, blob: BlobDescriptor): void;
  /** Holds what it gives for the repository, as a push does. */
  find(
    repository: string,
    digest: string,
    options: CallOptions,
  ): Promise<BlobDescriptor | undefined>;
  /** A name reaches these now and has ended the lease of the repository: others that are being pushed keep theirs. */
  settle(
    repository: string,
    reached: { has(digest: string): boolean },
    options: CallOptions,
  ): Promise<void>;
}

export function createPushed(contents: Pick<Contents, 'missing'>): Pushed {
  const notes = new Map<string, Map<string, BlobDescriptor>>();
  let count = 0;
  const forget = (repository: string): void => {
    count -= notes.get(repository)?.size ?? 0;
    notes.delete(repository);
  };
  const drop = (repository: string, digest: string): void => {
    const own = notes.get(repository);
    if (own?.delete(digest) !== true) return;
    count -= 1;
    if (own.size === 0) notes.delete(repository);
  };
  return {
    note(repository, blob) {
      drop(repository, blob.digest);
      const [oldest] = notes.keys();
      if (count >= maxNotes && oldest !== undefined) forget(oldest);
      const own = notes.get(repository) ?? new Map<string, BlobDescriptor>();
      notes.set(repository, own.set(blob.digest, blob));
      count += 1;
    },
    async find(repository, digest, options) {
      const blob = notes.get(repository)?.get(digest);
      if (blob === undefined) return undefined;
      const gone = await contents.missing(leaseOf(repository), [blob], options);
      if (gone.length === 0) return blob;
      drop(repository, digest);
      return undefined;
    },
    async settle(repository, reached, options) {
      const own = [...(notes.get(repository)?.values() ?? [])];
      const [done, left] = [[] as BlobDescriptor[], [] as BlobDescriptor[]];
      for (const blob of own) (reached.has(blob.digest) ? done : left).push(blob);
      for (const { digest } of done) drop(repository, digest);
      if (left.length > 0) await contents.missing(leaseOf(repository), left, options);
    },
  };
}
