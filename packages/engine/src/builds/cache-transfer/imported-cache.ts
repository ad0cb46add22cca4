import type { CallOptions } from '@wharf/core';
import { WharfError } from '@wharf/core';
import type { Digest } from '@wharf/oci';
import type { OpReport } from '../executor.js';
import type { TransferRecord } from './format.js';

/** Layers that a record of elsewhere speaks of cannot be had: it is not found any more, and what was built upon it is void. */
export class StaleResult extends WharfError {
  readonly diffIds: readonly Digest[];

  constructor(diffIds: readonly Digest[], cause?: unknown) {
    super('unavailable', `the layers ${diffIds.join(', ')} of an imported cache cannot be had`, {
      ...(cause === undefined ? {} : { cause }),
    });
    this.diffIds = diffIds;
  }
}

export interface BringRequest {
  /** Lowest first. */
  readonly diffIds: readonly Digest[];
  readonly report: Pick<OpReport, 'progress'>;
}

/**
 * Results of other daemons, which the caller of a build has named by `--cache-from` and alone believes (R17). What is found need not be
 * here: only `bring` gets the layers, so that those which nobody needs are never asked for.
 */
export interface ImportedCache {
  /** By the key of an operation. */
  find(key: string): TransferRecord | undefined;
  /** By a key that has chain ids in place of the contents of layers. */
  findByChain(chainKey: string): TransferRecord | undefined;
  /** Makes layers be here, each proven by its diff id, and held. @throws StaleResult when one of them cannot be had */
  bring(request: BringRequest, options: CallOptions): Promise<void>;
  /** Fills an empty directory with a cache mount of elsewhere; false when there is none that can be had. */
  fillCacheMount(id: string, directory: string, options: CallOptions): Promise<boolean>;
}
