import type { Digest, IndexEntry } from '@wharf/oci';
import type { InstallableManifest } from '../../../images/install.js';
import type { ResolvedDescriptor } from '../../../images/ports.js';

/** An image of one platform whose documents and blobs are in the store, held. */
export interface MadePlatform extends InstallableManifest {
  readonly imageId: Digest;
}

/** What names point at. */
export interface MadeImage {
  readonly target: ResolvedDescriptor;
  readonly platforms: readonly MadePlatform[];
  /** What the index lists; empty for a single manifest. */
  readonly entries: readonly IndexEntry[];
}
