import type { CallOptions } from '@wharf/core';
import type { Descriptor } from '@wharf/oci';
import type { ResolvedDescriptor } from '../../images/ports.js';

/** Where an imported cache lies. */
export interface CacheSource {
  /** As people know it. */
  readonly name: string;
  /** What it is named by: a manifest or an index. */
  resolve(options: CallOptions): Promise<ResolvedDescriptor>;
  /** Bytes that are what the descriptor says. */
  document(
    descriptor: ResolvedDescriptor,
    kind: 'manifest' | 'blob',
    options: CallOptions,
  ): Promise<Uint8Array>;
  /** From an offset on; not verified. */
  blob(descriptor: Descriptor, offset: number, options: CallOptions): AsyncIterable<Uint8Array>;
}
