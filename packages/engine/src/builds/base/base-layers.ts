import type { CallOptions, TransferCredentials } from '@wharf/core';
import type { Digest, Platform } from '@wharf/oci';
import type { InstallableManifest } from '../../images/install.js';

export interface BaseRequest {
  /** Canonical. */
  readonly reference: string;
  readonly platform: Platform;
  /** Of the manifest. */
  readonly digest: string;
  /** A name that a lock file or a digest pins is pulled by that alone. */
  readonly pinned: boolean;
}

export interface ObtainOptions extends CallOptions {
  readonly credentials: TransferCredentials;
  /** Claims for as long as the build runs. */
  readonly hold: (digests: readonly Digest[]) => Promise<void>;
  readonly onProgress: (name: string, current: number, total: number) => void;
}

/** The files of base images. */
export interface BaseLayers {
  /** Documents of an image that is here and unpacked, all of it held; it is pulled if it is not here. not-found */
  obtain(request: BaseRequest, options: ObtainOptions): Promise<InstallableManifest>;
  /** As the config of the manifest has them, if both documents are here; the layers need not be. */
  diffIds?(digest: string): Promise<readonly Digest[] | undefined>;
}
