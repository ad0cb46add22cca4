import type { CallOptions } from './call.js';
import type { PushFrame, TransferCredentials } from './image-work.js';

export interface RegistryAccess extends CallOptions {
  readonly credentials?: TransferCredentials;
}

export interface ManifestAnnotation {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ManifestView {
  /** Canonical, as it was asked for. */
  readonly reference: string;
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** The document as it is in the registry or here. */
  readonly document: Uint8Array;
  /** Empty for an index. */
  readonly platform: string;
  /** With `verbose`, the manifests of an index. */
  readonly entries: readonly ManifestView[];
}

/**
 * Indexes that are put together by hand from manifests in registries or here, and copies between registries. Nothing
 * is pulled. A list is kept, under its name, until it is pushed with `purge` or removed.
 */
export interface ManifestLists {
  /** already-exists unless `amend`, which adds. */
  create(
    name: string,
    sources: readonly string[],
    options: RegistryAccess & { readonly amend?: boolean },
  ): Promise<{ readonly reference: string }>;
  annotate(
    name: string,
    source: string,
    annotation: ManifestAnnotation,
    options: CallOptions,
  ): Promise<void>;
  /** Of a list that was made here, else of the registry. */
  inspect(
    ref: string,
    options: RegistryAccess & { readonly verbose?: boolean; readonly list?: string },
  ): Promise<ManifestView>;
  push(
    name: string,
    options: RegistryAccess & { readonly purge?: boolean },
  ): AsyncIterable<PushFrame>;
  remove(names: readonly string[], options: CallOptions): Promise<readonly string[]>;
  /** From registry to registry, or within one, without storing it here; digests stay. Without `platform` the whole index. */
  copy(
    source: string,
    targets: readonly string[],
    options: RegistryAccess & { readonly platform?: string },
  ): AsyncIterable<PushFrame>;
}
