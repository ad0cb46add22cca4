import type { CallOptions, Filters } from './call.js';
import type { Healthcheck } from './container-spec.js';
import type {
  ArchiveCompression,
  FileChange,
  LoadFrame,
  PushFrame,
  VerifyFrame,
  WorkFrame,
} from './image-work.js';

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

/** One manifest of a multi-platform image, or the only one of an image without an index. */
export interface ImagePlatform {
  /** `os/architecture[/variant]`; empty when the index does not say (attestations). */
  readonly platform: string;
  readonly kind: 'image' | 'attestation' | 'unknown';
  readonly manifestDigest: string;
  /** Digest of the config; empty when the manifest is not here. */
  readonly imageId: string;
  /** Whether all of it is here; an image also unpacked and ready to run. */
  readonly available: boolean;
  /** Bytes of its blobs that are here. */
  readonly contentSize: number;
  /** Bytes of its unpacked layers. */
  readonly size: number;
  /** Ids of the containers made from it. */
  readonly containers: readonly string[];
}

/** What a name points at, seen through one platform that is unpacked and ready to run. */
export interface Image {
  /** Digest of the config. */
  readonly id: string;
  /** Digest of what the names point at: the index if there is one, else the manifest. */
  readonly targetDigest: string;
  readonly targetMediaType: string;
  /** All that the index lists, in its order; a single one without an index. */
  readonly platforms: readonly ImagePlatform[];
  readonly manifestDigest: string;
  readonly manifestMediaType: string;
  /** Familiar names, e.g. busybox:latest. */
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly createdAt?: Date;
  /** When a name was last given to it here; absent when none was. */
  readonly lastTaggedAt?: Date;
  /** Bytes of all unpacked layers. */
  readonly size: number;
  /** Bytes of all blobs of this platform, compressed as they came. */
  readonly contentSize: number;
  /** Bytes of `size` that other images have as well; absent unless asked for. */
  readonly sharedSize?: number;
  /** Containers made from any of its platforms. */
  readonly containers: number;
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
  readonly author: string;
  readonly config: ImageRuntimeConfig;
  readonly diffIds: readonly string[];
  readonly history: readonly ImageHistoryEntry[];
}

/** A row of `history`, newest first. */
export interface ImageHistoryRow extends ImageHistoryEntry {
  /** Digest of the config for the newest, else empty: the images between were never built here. */
  readonly imageId: string;
  readonly tags: readonly string[];
  /** Bytes of the layer's files. */
  readonly size: number;
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

export interface PrunedImages extends RemovedImage {
  /** Bytes of blobs and unpacked layers that are free again. */
  readonly reclaimed: number;
}

export interface PlatformOption {
  /** `os/architecture[/variant]`; absent is the host's. */
  readonly platform?: string;
}

export interface PullOptions extends CallOptions, PlatformOption {
  /** Every platform of the index. */
  readonly allPlatforms?: boolean;
  /** Every tag of the repository; the reference then has no tag. */
  readonly allTags?: boolean;
  readonly credentials?: RegistryCredentials;
}

export interface PushOptions extends CallOptions, PlatformOption {
  /** Every tag of the repository that is here. */
  readonly allTags?: boolean;
  /** Of layers that are not compressed yet (default gzip); with `force` of all, which changes digests. */
  readonly compression?: ArchiveCompression;
  readonly forceCompression?: boolean;
  readonly credentials?: RegistryCredentials;
}

/** A root filesystem of an image that the daemon has mounted, read-only, for the host to look at. */
export interface ImageMount {
  readonly imageId: string;
  readonly manifestDigest: string;
  readonly reference: string;
  readonly path: string;
  /** How often it was mounted; the last unmount takes it away. */
  readonly count: number;
}

export interface ImportOptions extends CallOptions, PlatformOption {
  /** Name for the image; none leaves it dangling. */
  readonly name?: string;
  readonly message?: string;
  /** Dockerfile instructions that change the config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR, HEALTHCHECK, SHELL. */
  readonly changes?: readonly string[];
}

/**
 * The images of one daemon. `ref` is a name, an id (digest of the config, or of the manifest or index) or an
 * unambiguous prefix of one.
 */
export interface Images {
  list(
    options: CallOptions & {
      readonly all?: boolean;
      readonly filters?: Filters;
      readonly sharedSize?: boolean;
    },
  ): Promise<readonly Image[]>;
  get(ref: string, options: CallOptions & PlatformOption): Promise<Image>;
  history(ref: string, options: CallOptions & PlatformOption): Promise<readonly ImageHistoryRow[]>;
  /** Names the image only when all of it is verified and unpacked. Several pulls of one blob share one download; leaving one does not stop the others. */
  pull(ref: string, options: PullOptions): AsyncIterable<PullFrame>;
  /** Uploads what the registry lacks, layers first, the name last. An index goes whole if all of it is here, else the platform that is. */
  push(ref: string, options: PushOptions): AsyncIterable<PushFrame>;
  bootstrap(kind: string, name: string, options: CallOptions): AsyncIterable<BootstrapFrame>;
  tag(ref: string, name: string, options: CallOptions): Promise<void>;
  remove(
    ref: string,
    options: CallOptions &
      PlatformOption & {
        readonly force?: boolean;
        /** Keep untagged parents; accepted for scripts, there are none to keep. */
        readonly noPrune?: boolean;
      },
  ): Promise<RemovedImage>;
  /** Dangling images, with `all` every one that no container uses. Filters: until, label, label!, dangling. */
  prune(
    options: CallOptions & { readonly all?: boolean; readonly filters?: Filters },
  ): Promise<PrunedImages>;
  /** One tar that is an OCI layout and a docker-archive at once; the same images give the same bytes. */
  save(
    refs: readonly string[],
    options: CallOptions & {
      readonly platforms?: readonly string[];
      readonly compression?: ArchiveCompression;
    },
  ): AsyncIterable<Uint8Array>;
  /** Reads OCI layouts and docker-archives (plain, gzip, zstd, and bzip2 or xz where the host has the tool). */
  load(
    archive: AsyncIterable<Uint8Array>,
    options: CallOptions & { readonly platforms?: readonly string[] },
  ): AsyncIterable<LoadFrame>;
  /** Makes an image of one layer from a tar of a root filesystem. */
  import(
    archive: AsyncIterable<Uint8Array>,
    options: ImportOptions,
  ): Promise<{ readonly imageId: string }>;
  /** The same filesystem with other compression and OCI media types under another name. */
  convert(
    ref: string,
    name: string,
    options: CallOptions & PlatformOption & { readonly compression: ArchiveCompression },
  ): AsyncIterable<WorkFrame>;
  /** Hashes everything that the name reaches again, unpacked layers included. */
  verify(ref: string, options: CallOptions): AsyncIterable<VerifyFrame>;
  /** File by file, from the first to the second, in batches, sorted by path. */
  diff(
    from: string,
    to: string,
    options: CallOptions & PlatformOption,
  ): AsyncIterable<readonly FileChange[]>;
  mount(ref: string, options: CallOptions & PlatformOption): Promise<ImageMount>;
  /** not-found unless it is mounted. With `force` whatever the count. */
  unmount(
    ref: string,
    options: CallOptions & PlatformOption & { readonly force?: boolean },
  ): Promise<void>;
  mounts(options: CallOptions): Promise<readonly ImageMount[]>;
}
