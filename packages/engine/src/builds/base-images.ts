import type { CallOptions, TransferCredentials } from '@wharf/core';
import type { BaseImage } from '@wharf/dockerfile';
import type { Platform } from '@wharf/oci';
import type { Pins } from './pins.js';

export interface ResolveBaseOptions extends CallOptions {
  /** Asked for at its registry even if it is here. */
  readonly pull: boolean;
  readonly credentials: TransferCredentials;
  /** What a lock file says of names; what is found is noted there. */
  readonly pins: Pins;
  readonly onProgress?: (name: string, current: number, total: number) => void;
}

/** Images that builds begin with. */
export interface BaseImages {
  /**
   * What a reference means for a platform: from the store, else from its registry (document and config are fetched, layers when an
   * operation needs them). The digest names the manifest. not-found; failed-precondition where the lock refuses it.
   */
  resolve(
    reference: string,
    platform: Platform,
    options: ResolveBaseOptions,
  ): Promise<BaseImage & { readonly digest: string }>;
}
