import { open, readFile } from 'node:fs/promises';
import type { CallOptions } from '@wharf/core';
import { DataLossError, InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import {
  checkLayerCount,
  Fields,
  layerCompression,
  layerTypeOf,
  makeManifest,
  maxDocumentBytes,
  maxLayers,
  maxWordLength,
  mediaTypes,
  parseConfig,
  parseDigest,
  parseJson,
  parseReference,
  serialiseManifest,
  withDefaultTag,
  type Descriptor,
  type Digest,
  type LayerCompression,
  type Reference,
} from '@wharf/oci';
import type { BlobIdentity, ContentStore } from '../../content/content.js';
import { hashBytes } from '../../layers/layers.js';
import type { PackPort } from '../../layers/ports.js';
import type { Claim } from '../claims.js';
import type { ResolvedDescriptor } from '../ports.js';
import { findMember, type ArchiveContents, type LooseFile } from './intake.js';
import { shown } from './names.js';

export interface DockerArchiveDependencies {
  readonly content: Pick<ContentStore, 'adoptFile' | 'put' | 'read' | 'path'>;
  readonly pack: Pick<PackPort, 'identify'>;
}

/** What an archive has: something to install, and the names for it. */
export interface PlannedImage {
  readonly target: ResolvedDescriptor;
  readonly names: readonly Reference[];
}

export interface DockerItem {
  readonly config: string;
  readonly names: readonly Reference[];
  readonly layers: readonly string[];
}

const maxItems = 1000;
const maxTags = 1000;

/** `manifest.json` of docker's archives. @throws InvalidArgumentError, ResourceExhaustedError */
export function parseDockerManifest(bytes: Uint8Array): readonly DockerItem[] {
  const list = parseJson(bytes, { maxBytes: maxDocumentBytes });
  if (!Array.isArray(list)) throw new InvalidArgumentError('invalid manifest.json: must be a list');
  if (list.length > maxItems)
    throw new ResourceExhaustedError(`manifest.json names more than ${maxItems} images`);
  return list.map((value) => {
    const fields = new Fields('manifest.json', value);
    const tags = fields.strings('RepoTags', maxTags, 1024) ?? [];
    return {
      config: fields.requiredString('Config', maxWordLength * 4),
      names: tags.map((tag) => fields.parsed('RepoTags', tag, parseTag)),
      layers: fields.strings('Layers', maxLayers, maxWordLength * 4) ?? [],
    };
  });
}

function parseTag(text: string): Reference {
  const reference = withDefaultTag(parseReference(text));
  if (reference.digest === undefined) return reference;
  throw new InvalidArgumentError(`${shown(text)} is no tag`);
}

/**
 * Brings the images of a docker-archive into the store: layers as they are in it, each with a manifest of ours, which is
 * the same for the same image.
 */
export async function planDocker(
  deps: DockerArchiveDependencies,
  claim: Claim,
  contents: ArchiveContents,
  options: CallOptions,
): Promise<readonly PlannedImage[]> {
  const bytes = contents.documents.get('manifest.json') ?? new Uint8Array();
  const stored = new Map<string, Descriptor>();
  const plans: PlannedImage[] = [];
  for (const item of parseDockerManifest(bytes)) {
    const configBytes = await readDocument(deps, contents, item.config);
    const config = parseConfig(configBytes);
    const layers: Descriptor[] = [];
    for (const [index, path] of item.layers.entries()) {
      const diffId = config.diffIds[index];
      if (diffId === undefined) break;
      layers.push(await storeLayer(deps, claim, { contents, stored, path, diffId }, options));
    }
    const descriptor = { digest: hashBytes(configBytes), size: configBytes.length };
    const manifest = makeManifest({ mediaType: mediaTypes.ociConfig, ...descriptor }, layers);
    if (layers.length !== item.layers.length || layers.length !== config.diffIds.length) {
      throw new DataLossError(
        `the archive has ${item.layers.length} layers for ${shown(item.config)}, which has ${config.diffIds.length} diff ids`,
      );
    }
    checkLayerCount(manifest, config);
    const manifestBytes = serialiseManifest(manifest);
    const digest = hashBytes(manifestBytes);
    await claim.hold([descriptor.digest, digest], options);
    await deps.content.put(configBytes, options);
    await deps.content.put(manifestBytes, options);
    const target = { mediaType: manifest.mediaType, digest, size: manifestBytes.length };
    plans.push({ target, names: item.names });
  }
  return plans;
}

async function readDocument(
  deps: DockerArchiveDependencies,
  contents: ArchiveContents,
  path: string,
): Promise<Uint8Array> {
  const found = findMember(contents, path);
  if ('blob' in found) return deps.content.read(found.blob.digest, maxDocumentBytes);
  if (found.file.size <= maxDocumentBytes) return readFile(found.file.path);
  throw new ResourceExhaustedError(
    `${shown(path)} of the archive has ${found.file.size} bytes, the limit is ${maxDocumentBytes}`,
  );
}

interface LayerToStore {
  readonly contents: ArchiveContents;
  /** By digest of the bytes in the archive. */
  readonly stored: Map<string, Descriptor>;
  readonly path: string;
  readonly diffId: Digest;
}

async function storeLayer(
  deps: DockerArchiveDependencies,
  claim: Claim,
  { contents, stored, path, diffId }: LayerToStore,
  options: CallOptions,
): Promise<Descriptor> {
  const found = findMember(contents, path);
  const given = 'blob' in found ? found.blob : found.file;
  const known = stored.get(given.digest);
  const layer =
    known ??
    ('blob' in found
      ? described(found.blob, plainCompression(await headOf(deps.content.path(given.digest))))
      : await adopt(deps, claim, found.file, options));
  stored.set(given.digest, layer);
  const plain = layerCompression(layer.mediaType) === 'none';
  if (plain && layer.digest !== diffId) {
    throw new DataLossError(
      `layer ${shown(path)} of the archive is ${layer.digest}, but the image says ${diffId}`,
    );
  }
  return layer;
}

async function adopt(
  deps: DockerArchiveDependencies,
  claim: Claim,
  file: LooseFile,
  options: CallOptions,
): Promise<Descriptor> {
  const compression = plainCompression(file.head);
  let path = file.path;
  let blob: BlobIdentity = { digest: file.digest, size: file.size };
  if (compression === 'none' && needsTool(file.head)) {
    const targetFile = `${file.path}.tar`;
    const found = await deps.pack.identify({ path, targetFile }, options);
    if (found.rewritten) {
      path = targetFile;
      blob = { digest: parseDigest(found.diffId), size: found.uncompressedSize };
    }
  }
  await claim.hold([blob.digest], options);
  await makeDurable(path);
  await deps.content.adoptFile(path, blob);
  return described(blob, compression);
}

function described({ digest, size }: BlobIdentity, compression: LayerCompression): Descriptor {
  return { mediaType: layerTypeOf(compression), digest, size };
}

function plainCompression(head: Buffer): LayerCompression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const zstd = head.length >= 4 ? head.readUInt32LE(0) : 0;
  const skippable = (zstd & 0xfffffff0) >>> 0 === 0x184d2a50;
  return zstd === 0xfd2fb528 || skippable ? 'zstd' : 'none';
}

/** bzip2 and xz. */
function needsTool(head: Buffer): boolean {
  const text = head.toString('latin1');
  return text.startsWith('BZh') || text.startsWith('\u00fd7zXZ');
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function makeDurable(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
