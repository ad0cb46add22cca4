import type { CallOptions, VerifiedPart, VerifyFrame } from '@wharf/core';
import { NotFoundError } from '@wharf/core';
import {
  chainIds,
  isForeignLayerType,
  isImageManifest,
  type Descriptor,
  type Digest,
  type ImageConfig,
  type IndexEntry,
  type Manifest,
} from '@wharf/oci';
import { framesOf } from '../../concurrency/frame-queue.js';
import { hashBytes } from '../../layers/layers.js';
import type { Claim, Claims } from '../claims.js';
import { matchReference } from '../lookup.js';
import type { ImageRecords, TargetRecord } from '../records.js';
import { targetMediaType } from '../view.js';
import type { ImageDocuments } from '../documents.js';
import { checkBlob, type BlobCheckDependencies } from './blob.js';
import { checkSnapshot, type SnapshotCheckDependencies } from './snapshot.js';

export interface VerifyDependencies extends BlobCheckDependencies, SnapshotCheckDependencies {
  readonly content: BlobCheckDependencies['content'] & SnapshotCheckDependencies['content'];
  readonly pack: BlobCheckDependencies['pack'] & SnapshotCheckDependencies['pack'];
  readonly documents: ImageDocuments;
  readonly records: ImageRecords;
  readonly claims: Claims;
}

/**
 * Reads everything again that a name reaches and says of each part whether it is as it must be. What an index lists and was
 * never fetched is no problem. Damage is told, never thrown.
 */
export function verifyImage(
  deps: VerifyDependencies,
  ref: string,
  options: CallOptions,
): AsyncIterable<VerifyFrame> {
  return framesOf<VerifyFrame>(async (queue, { signal }) => {
    const match = matchReference(deps.records, ref)[0];
    if (match === undefined) throw new NotFoundError('image', ref);
    const claim = deps.claims.openOnce('verify');
    let [parts, problems] = [0, 0];
    const tell = (part: VerifiedPart): void => {
      parts += 1;
      if (part.problem !== '') problems += 1;
      queue.push({ kind: 'part', part });
    };
    try {
      const check = new Check(deps, claim, { target: match.target, tell }, { signal });
      await check.target();
      queue.push({ kind: 'done', parts, problems });
    } finally {
      claim.fulfil();
    }
  }, options);
}

class Check {
  readonly #deps: VerifyDependencies;
  readonly #claim: Claim;
  readonly #target: TargetRecord;
  readonly #tell: (part: VerifiedPart) => void;
  readonly #options: CallOptions;
  readonly #seen = new Set<string>();

  constructor(
    deps: VerifyDependencies,
    claim: Claim,
    work: { readonly target: TargetRecord; readonly tell: (part: VerifiedPart) => void },
    options: CallOptions,
  ) {
    this.#deps = deps;
    this.#claim = claim;
    this.#target = work.target;
    this.#tell = work.tell;
    this.#options = options;
  }

  async target(): Promise<void> {
    const { digest, kind } = this.#target;
    const size = await this.#deps.content.find(digest);
    const mediaType = await targetMediaType(this.#deps, this.#target);
    await this.#entry({ mediaType, digest, size: size ?? 0 }, kind);
  }

  async #entry(entry: IndexEntry, role: 'index' | 'manifest'): Promise<void> {
    const { digest } = entry;
    const sound = await this.#blob(entry, role);
    if (!sound) return;
    if (role === 'index') await this.#index(digest);
    else await this.#manifest(digest);
  }

  async #index(digest: Digest): Promise<void> {
    const recorded = new Set<string>(this.#target.manifests.map((one) => one.digest));
    const { document } = await this.#deps.documents.index(digest);
    for (const entry of document.manifests) {
      const here = (await this.#deps.content.find(entry.digest)) !== undefined;
      const role = entry.mediaType.includes('index') || entry.mediaType.includes('list');
      if (here || recorded.has(entry.digest)) await this.#entry(entry, role ? 'index' : 'manifest');
    }
  }

  async #manifest(digest: Digest): Promise<void> {
    const { document: manifest } = await this.#deps.documents.manifest(digest);
    const record = this.#target.manifests.find((one) => one.digest === digest);
    const needed = record !== undefined;
    const soundConfig = await this.#blob(manifest.config, 'config', needed);
    const config =
      soundConfig && isImageManifest(manifest)
        ? await this.#deps.documents.config(manifest.config.digest)
        : undefined;
    for (const [index, layer] of manifest.layers.entries()) {
      const diffId = config?.diffIds[index];
      const sound = await this.#blob(layer, 'layer', needed, diffId);
      if (record?.unpacked === true && config !== undefined)
        await this.#snapshot(manifest, config, index, sound);
    }
  }

  /** Tells of a blob once; whether it can be read on. Absence counts only where it was here once. */
  async #blob(
    blob: Descriptor,
    role: VerifiedPart['role'],
    needed = true,
    diffId?: Digest,
  ): Promise<boolean> {
    const found = await this.#deps.content.find(blob.digest);
    const optional = !needed || isForeignLayerType(blob.mediaType);
    if (found === undefined && optional) return false;
    if (this.#seen.has(blob.digest)) return found !== undefined;
    this.#seen.add(blob.digest);
    await this.#claim.hold([blob.digest], this.#options);
    const part = await checkBlob(this.#deps, { blob, role, diffId }, this.#options);
    this.#tell(part);
    return part.problem === '';
  }

  async #snapshot(
    manifest: Manifest,
    config: ImageConfig,
    index: number,
    soundLayer: boolean,
  ): Promise<void> {
    const chainId = chainIds(config.diffIds.slice(0, index + 1), hashBytes).at(-1) as Digest;
    if (this.#seen.has(`snapshot ${chainId}`)) return;
    this.#seen.add(`snapshot ${chainId}`);
    await this.#claim.hold([chainId], this.#options);
    const request = { manifest, config, index, chainId, soundLayer };
    this.#tell(await checkSnapshot(this.#deps, request, this.#options));
  }
}
