import type { CallOptions } from '@wharf/core';
import {
  digestAlgorithm,
  digestHex,
  serialiseManifest,
  type Descriptor,
  type Digest,
} from '@wharf/oci';
import type { ContentStore } from '../content/content.js';
import { hashBytes } from '../layers/layers.js';
import type { Claim } from './claims.js';
import { subjectAnnotation } from './platforms.js';
import type { TreeManifest } from './tree.js';

export interface MoveDependencies {
  readonly content: Pick<ContentStore, 'read' | 'put'>;
}

/** A list of packages of a large image has some MiB; it is looked through in one go. */
const maxStatementBytes = 8 * 1024 * 1024;
const statementType = 'application/vnd.in-toto+json';

interface Moved {
  readonly from: Digest;
  readonly to: Descriptor;
}

/**
 * An attestation manifest as one about another manifest of the same files: its statements (in-toto, unsigned) name the new digest.
 * Its documents are in the store under the claim.
 * @returns undefined for one that cannot be changed: signed statements, and those that do not name their subject
 */
export async function moveAttestation(
  { content }: MoveDependencies,
  claim: Claim,
  { descriptor, manifest }: TreeManifest,
  moved: Moved,
  options: CallOptions,
): Promise<TreeManifest | undefined> {
  const { from, to } = moved;
  const put = async (bytes: Uint8Array): Promise<Pick<Descriptor, 'digest' | 'size'>> => {
    await claim.hold([hashBytes(bytes)], options);
    return content.put(bytes, options);
  };
  const layers: Descriptor[] = [];
  const renamed: (readonly [Digest, Digest])[] = [];
  for (const layer of manifest.layers) {
    if (layer.mediaType !== statementType || layer.size > maxStatementBytes) return undefined;
    const bytes = await content.read(layer.digest, maxStatementBytes);
    const other = replaced(bytes, from, to.digest);
    if (other === undefined) return undefined;
    const stored = await put(other);
    renamed.push([layer.digest, stored.digest]);
    layers.push({ ...layer, digest: stored.digest, size: stored.size });
  }
  const { subject } = manifest;
  if (subject !== undefined && subject.digest !== from) return undefined;
  // BuildKit's has the digests of its layers.
  let config = await content.read(manifest.config.digest, maxStatementBytes);
  for (const [before, after] of renamed) config = replaced(config, before, after) ?? config;
  const { digest, size } = await put(config);
  const { mediaType } = to;
  const made = {
    ...manifest,
    config: { ...manifest.config, digest, size },
    layers,
    ...(subject === undefined ? {} : { subject: { mediaType, digest: to.digest, size: to.size } }),
  };
  const annotations = { ...descriptor.annotations, [subjectAnnotation]: to.digest };
  const stored = await put(serialiseManifest(made));
  return {
    descriptor: { ...descriptor, annotations, digest: stored.digest, size: stored.size },
    manifest: made,
  };
}

/** With another digest wherever the first one stands; undefined when it stands nowhere, or is of another algorithm. */
function replaced(bytes: Uint8Array, from: Digest, to: Digest): Uint8Array | undefined {
  const all = Buffer.from(bytes);
  const [before, after] = [Buffer.from(digestHex(from)), Buffer.from(digestHex(to))];
  if (digestAlgorithm(from) !== digestAlgorithm(to)) return undefined;
  let at = all.indexOf(before);
  if (at < 0) return undefined;
  for (; at >= 0; at = all.indexOf(before, at + after.length)) after.copy(all, at);
  return all;
}
