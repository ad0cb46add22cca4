import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions, VerifiedPart } from '@wharf/core';
import { isWharfError } from '@wharf/core';
import type { Digest, ImageConfig, Manifest } from '@wharf/oci';
import type { ContentStore } from '../../content/content.js';
import type { Layers } from '../../layers/layers.js';
import type { FileChange, PackPort, UnpackPort } from '../../layers/ports.js';
import { layerSource } from '../install.js';

export interface SnapshotCheckDependencies {
  readonly content: Pick<ContentStore, 'path'>;
  readonly layers: Pick<Layers, 'find' | 'directories'>;
  readonly pack: Pick<PackPort, 'compareTrees'>;
  readonly unpack: UnpackPort;
  /** On a file system that can carry snapshots. */
  readonly temporary: string;
}

export interface SnapshotToCheck {
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  readonly index: number;
  readonly chainId: Digest;
  /** Whether the layer can be believed; else only presence is looked at. */
  readonly soundLayer: boolean;
}

const cleanUpMs = 60_000;
const shownPaths = 3;

/** Unpacks a layer beside its snapshot and compares the two, file by file, times included. */
export async function checkSnapshot(
  deps: SnapshotCheckDependencies,
  request: SnapshotToCheck,
  { signal }: CallOptions,
): Promise<VerifiedPart> {
  const info = deps.layers.find(request.chainId);
  const part = (problem: string): VerifiedPart => ({
    digest: request.chainId,
    role: 'snapshot',
    problem,
    size: info?.size ?? 0,
  });
  if (info === undefined) return part('it is missing');
  if (!request.soundLayer) return part('');
  const staging = join(deps.temporary, `verify-${randomUUID()}`);
  try {
    return part(problemOf(await compare(deps, request, staging, { signal })));
  } catch (error) {
    signal.throwIfAborted();
    if (isWharfError(error)) return part(error.message);
    throw error;
  } finally {
    await deps.unpack.removeTree(staging, { signal: AbortSignal.timeout(cleanUpMs) });
  }
}

async function compare(
  { content, layers, pack, unpack }: SnapshotCheckDependencies,
  { manifest, config, index }: SnapshotToCheck,
  staging: string,
  options: CallOptions,
): Promise<readonly FileChange[]> {
  const target = join(staging, 'fs');
  await mkdir(target, { recursive: true, mode: 0o755 });
  const [snapshot = ''] = layers.directories(config.diffIds.slice(0, index + 1));
  const lower = index === 0 ? [] : layers.directories(config.diffIds.slice(0, index));
  const descriptor = manifest.config;
  const source = layerSource(content, { descriptor, manifest, config }, index);
  await unpack.unpack({ ...source, compressedSize: source.blobSize, target, lower }, options);
  return pack.compareTrees(
    { from: [target, ...lower], to: [snapshot, ...lower], times: true },
    options,
  );
}

function problemOf(changes: readonly FileChange[]): string {
  if (changes.length === 0) return '';
  const shown = changes
    .slice(0, shownPaths)
    .map(({ kind, path }) => `${kind} ${JSON.stringify(Buffer.from(path).toString())}`);
  const more = changes.length > shownPaths ? `, and ${changes.length - shownPaths} more` : '';
  return `it is not as the layer says: ${shown.join(', ')}${more}`;
}
