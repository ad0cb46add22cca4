import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { FakeDescriptor } from './types.js';

export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export function describe(bytes: Uint8Array, mediaType: string): FakeDescriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

export type LayerCompression = 'gzip' | 'zstd' | 'none';

export interface ImageInput {
  /** Uncompressed tar streams, base first. */
  readonly layers: readonly Uint8Array[];
  /** The `config` object of the image config: Env, Cmd, User … */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  /** `docker` makes Docker's schema 2 media types; OCI otherwise. */
  readonly format?: 'oci' | 'docker';
  /** Of all layers, or of each. */
  readonly compression?: LayerCompression | readonly LayerCompression[];
  /** Blobs to send as they are in place of the compressed layers. */
  readonly bodies?: readonly Uint8Array[];
  /** What the config says of the layers, when it is not true. */
  readonly diffIds?: readonly string[];
}

/** An image as the bytes that a registry holds. */
export interface BuiltImage {
  readonly manifest: Uint8Array;
  readonly descriptor: FakeDescriptor;
  readonly config: FakeDescriptor;
  readonly layers: readonly FakeDescriptor[];
  /** Config and layers by digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  readonly platform: Readonly<Record<string, string>>;
}

/** Builds the config, the layer blobs and the manifest of a small image. */
export function buildImage(input: ImageInput): BuiltImage {
  const docker = input.format === 'docker';
  const compressions = input.layers.map((_, at) => compressionOf(input, at));
  const bodies =
    input.bodies ?? input.layers.map((tar, at) => compress(tar, compressions[at] ?? 'gzip'));
  const platform = {
    os: input.os ?? 'linux',
    architecture: input.architecture ?? 'amd64',
    ...(input.variant === undefined ? {} : { variant: input.variant }),
  };
  const configBytes = json({
    ...platform,
    created: '2026-01-01T00:00:00Z',
    config: input.config ?? {},
    rootfs: { type: 'layers', diff_ids: input.diffIds ?? input.layers.map(digestOf) },
  });
  const config = describe(configBytes, docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig);
  const layers = bodies.map((body, at) =>
    describe(body, layerType(compressions[at] ?? 'gzip', docker)),
  );
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const manifest = json({ schemaVersion: 2, mediaType, config, layers });
  const blobs = new Map(bodies.map((body) => [digestOf(body), body] as const));
  blobs.set(config.digest, configBytes);
  const descriptor = describe(manifest, mediaType);
  return { manifest, descriptor, config, layers, blobs, platform };
}

function compressionOf({ compression = 'gzip' }: ImageInput, at: number): LayerCompression {
  return typeof compression === 'string' ? compression : (compression[at] ?? 'gzip');
}

function compress(tar: Uint8Array, compression: LayerCompression): Uint8Array {
  if (compression === 'none') return tar;
  return compression === 'gzip' ? gzipSync(tar) : zstdCompressSync(tar);
}

function layerType(compression: LayerCompression, docker: boolean): string {
  if (compression === 'none') return mediaTypes.ociLayer;
  if (compression === 'zstd') return mediaTypes.ociLayerZstd;
  return docker ? mediaTypes.dockerLayerGzip : mediaTypes.ociLayerGzip;
}

/** An index over `images`, each with its platform. */
export function buildIndex(images: readonly BuiltImage[], format: 'oci' | 'docker' = 'oci') {
  const mediaType = format === 'oci' ? mediaTypes.ociIndex : mediaTypes.dockerList;
  const manifests = images.map((image) => ({ ...image.descriptor, platform: image.platform }));
  const bytes = json({ schemaVersion: 2, mediaType, manifests });
  return { bytes, descriptor: describe(bytes, mediaType), images };
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
