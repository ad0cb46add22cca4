import type { CallOptions, Filters } from './call.js';
import type { Healthcheck } from './container-spec.js';

export interface ImageHistoryEntry {
  readonly createdAt?: Date;
  readonly createdBy: string;
  readonly comment: string;
  readonly emptyLayer: boolean;
}

export interface ImageRuntimeConfig {
  readonly user: string;
  readonly exposedPorts: readonly string[];
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly volumes: readonly string[];
  readonly workdir: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal: string;
  readonly healthcheck?: Healthcheck;
  readonly shell: readonly string[];
  readonly onBuild: readonly string[];
}

/** An image of one platform, unpacked and ready to run. */
export interface Image {
  /** Digest of the config. */
  readonly id: string;
  readonly manifestDigest: string;
  readonly manifestMediaType: string;
  /** Familiar names, e.g. busybox:latest. */
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly createdAt?: Date;
  /** Bytes of all unpacked layers. */
  readonly size: number;
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
  readonly author: string;
  readonly config: ImageRuntimeConfig;
  readonly diffIds: readonly string[];
  readonly history: readonly ImageHistoryEntry[];
}

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  readonly identityToken: string;
  readonly registryToken: string;
}

export type PullPhase = 'resolving' | 'waiting' | 'downloading' | 'unpacking' | 'done' | 'exists';

export interface PullProgress {
  /** Digest of the blob, or the reference while resolving. */
  readonly id: string;
  readonly phase: PullPhase;
  /** Bytes. */
  readonly current: number;
  readonly total: number;
}

export interface PullResult {
  readonly digest: string;
  readonly imageId: string;
  readonly reference: string;
  readonly upToDate: boolean;
}

export type PullFrame =
  | { readonly kind: 'progress'; readonly progress: PullProgress }
  | { readonly kind: 'done'; readonly result: PullResult };

export type BootstrapFrame =
  | { readonly kind: 'step'; readonly message: string }
  | { readonly kind: 'done'; readonly result: PullResult };

export interface RemovedImage {
  readonly untagged: readonly string[];
  readonly deleted: readonly string[];
}

/** The images of one daemon. `ref` is a name, an id (digest of the config) or an unambiguous prefix of it. */
export interface Images {
  list(
    options: CallOptions & { readonly all?: boolean; readonly filters?: Filters },
  ): Promise<readonly Image[]>;
  get(ref: string, options: CallOptions): Promise<Image>;
  /** Names the image only when all of it is verified and unpacked. Several pulls of one blob share one download; leaving one does not stop the others. */
  pull(
    ref: string,
    options: CallOptions & {
      readonly platform?: string;
      readonly credentials?: RegistryCredentials;
    },
  ): AsyncIterable<PullFrame>;
  bootstrap(kind: string, name: string, options: CallOptions): AsyncIterable<BootstrapFrame>;
  tag(ref: string, name: string, options: CallOptions): Promise<void>;
  remove(ref: string, options: CallOptions & { readonly force?: boolean }): Promise<RemovedImage>;
}
