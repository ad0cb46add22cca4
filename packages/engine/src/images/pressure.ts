import { statfs } from 'node:fs/promises';
import type { CallOptions } from '@wharf/core';
import { chainIds } from '@wharf/oci';
import type { Logger } from '../containers/dependencies.js';
import { hashBytes, type Layers } from '../layers/layers.js';
import type { ContentStore } from '../content/content.js';
import { collectGarbage, type CollectDependencies } from './collect.js';
import { seen } from './list.js';
import { targetName } from './lookup.js';
import { excess, victims, type DiskState, type GcPolicy, type PolicyImage } from './policy.js';
import type { ManifestRecord } from './records.js';
import { forgetTarget } from './remove.js';

const settleMs = 500;
const hourMs = 60 * 60 * 1000;

export interface PressureDependencies extends CollectDependencies {
  readonly policy: GcPolicy;
  /** A path on the file system whose free space counts. */
  readonly root: string;
  readonly logger?: Logger;
}

export interface Relief extends AsyncDisposable {
  /** Asks for a check soon; many asks are one. Also done every hour. */
  request(): void;
  /** Checks now: removes images in the order of the policy until it is kept or nothing more may go. */
  check(options: CallOptions): Promise<void>;
}

/** Keeps the images within the policy, by itself. One check at a time. Disposing ends it. */
export function createRelief(deps: PressureDependencies): Relief {
  const ended = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let soon: NodeJS.Timeout | undefined;
  const active = deps.policy.maxUsed !== undefined || deps.policy.minFree !== undefined;
  const check = ({ signal }: CallOptions): Promise<void> => {
    const next = running.then(() => relieve(deps, AbortSignal.any([signal, ended.signal])));
    running = next.catch(() => undefined);
    return next;
  };
  const byItself = (): void => {
    soon = undefined;
    check({ signal: ended.signal }).catch((error: unknown) => {
      if (!ended.signal.aborted)
        deps.logger?.warn('keeping images within the policy failed', { error });
    });
  };
  const request = (): void => {
    if (!active || ended.signal.aborted || soon !== undefined) return;
    soon = setTimeout(byItself, settleMs);
    soon.unref();
  };
  const hourly = setInterval(request, hourMs);
  hourly.unref();
  return {
    request,
    check,
    async [Symbol.asyncDispose]() {
      ended.abort();
      clearInterval(hourly);
      clearTimeout(soon);
      await running;
    },
  };
}

async function relieve(deps: PressureDependencies, signal: AbortSignal): Promise<void> {
  const { policy, logger } = deps;
  if (excess(policy, await diskState(deps)) === 0) return;
  let freed = (await collectGarbage(deps, { signal })).bytes;
  const removed: string[] = [];
  for (const { target } of victims(policy, await policyImages(deps), Date.now())) {
    if (excess(policy, await diskState(deps)) === 0) break;
    signal.throwIfAborted();
    // Looked at again: it may have got a container or another name meanwhile.
    const current = deps.records.target(target.digest);
    if (current === undefined || current.usedMs !== target.usedMs) continue;
    if (forgetTarget(deps, current).deleted.length === 0) continue;
    removed.push(targetName(current));
    freed += (await collectGarbage(deps, { signal })).bytes;
  }
  const rest = excess(policy, await diskState(deps));
  deps.state.transaction((tx) =>
    tx.emit({
      type: 'daemon',
      action: 'gc',
      actorId: '',
      attributes: {
        reclaimed: String(freed),
        images: String(removed.length),
        excess: String(rest),
      },
    }),
  );
  const facts = { images: removed, reclaimed: freed };
  if (rest === 0) logger?.info('images were removed to keep the policy', facts);
  else
    logger?.warn('images take more than the policy allows, and none may go', {
      ...facts,
      excess: rest,
    });
}

async function policyImages(deps: PressureDependencies): Promise<readonly PolicyImage[]> {
  return Promise.all(
    deps.records
      .targets()
      .flatMap(seen)
      .map(async ({ target, manifest }) => {
        const { created } = await deps.documents.config(manifest.configDigest);
        const createdMs = created === undefined ? 0 : new Date(created).getTime();
        const inUse = target.manifests.some(({ digest }) => deps.use.users(digest).length > 0);
        return { target, createdMs, inUse };
      }),
  );
}

async function diskState(
  deps: Pick<PressureDependencies, 'content' | 'layers' | 'root'>,
): Promise<DiskState> {
  const { bavail, blocks, bsize } = await statfs(deps.root);
  const { layersSize, contentSize } = await storedBytes(deps);
  return { used: layersSize + contentSize, free: bavail * bsize, total: blocks * bsize };
}

/** What all images take, each layer and each blob once; bytes. */
export async function storedBytes({
  content,
  layers,
}: {
  readonly content: Pick<ContentStore, 'list' | 'find'>;
  readonly layers: Pick<Layers, 'list'>;
}): Promise<{ readonly layersSize: number; readonly contentSize: number }> {
  const blobs = await Promise.all((await content.list()).map((digest) => content.find(digest)));
  return {
    layersSize: layers.list().reduce((sum, { size }) => sum + size, 0),
    contentSize: blobs.reduce<number>((sum, size) => sum + (size ?? 0), 0),
  };
}

/** Bytes of layers and blobs that no image with a container needs: what `prune` of all would free. */
export async function reclaimableBytes(
  deps: Pick<CollectDependencies, 'content' | 'layers' | 'documents' | 'records' | 'use'>,
): Promise<number> {
  const needed = new Set<string>();
  for (const manifest of deps.records.manifests().filter((record) => isUsed(deps, record))) {
    const { document } = await deps.documents.manifest(manifest.digest);
    const { diffIds } = await deps.documents.config(manifest.configDigest);
    for (const blob of [document.config, ...document.layers]) needed.add(blob.digest);
    for (const id of [manifest.digest, ...chainIds(diffIds, hashBytes)]) needed.add(id);
  }
  const { layersSize, contentSize } = await storedBytes(deps);
  const used = deps.layers
    .list()
    .reduce((sum, { chainId, size }) => sum + (needed.has(chainId) ? size : 0), 0);
  const blobs = (await deps.content.list()).filter((digest) => needed.has(digest));
  const sizes = await Promise.all(blobs.map((digest) => deps.content.find(digest)));
  return layersSize + contentSize - used - sizes.reduce<number>((sum, n) => sum + (n ?? 0), 0);
}

/** A container was made from it, or from another platform of the same image: the whole stays then. */
function isUsed(
  { records, use }: Pick<CollectDependencies, 'records' | 'use'>,
  { digest }: ManifestRecord,
): boolean {
  const family = records.holders(digest).flatMap(({ manifests }) => manifests);
  return [digest, ...family.map((other) => other.digest)].some((d) => use.users(d).length > 0);
}
