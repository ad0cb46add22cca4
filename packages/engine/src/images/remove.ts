import type { RemovedImage } from '@wharf/core';
import { FailedPreconditionError, NotFoundError, shortId } from '@wharf/core';
import {
  canonical,
  canonicalName,
  chainIds,
  familiar,
  familiarName,
  parseReference,
  type Digest,
  type Reference,
} from '@wharf/oci';
import { hashBytes } from '../layers/layers.js';
import type { State, Transaction } from '../state/state.js';
import type { ImageDocuments } from './documents.js';
import { getImage, matchReference, targetId, type FoundImage } from './lookup.js';
import type { ImageRecords, TargetRecord } from './records.js';
import { shadowsOf } from './shadows.js';
import type { ImageUse, ImageUser } from './use.js';

export interface RemoveDependencies {
  readonly state: State;
  readonly records: ImageRecords;
  readonly use: ImageUse;
}

export interface RemoveRequest {
  readonly ref: string;
  readonly force: boolean;
  readonly platform?: string;
}

const freeing = { frees: true };

/**
 * Untags, and forgets the image with its last name. The bytes go with the next collection; those of an image that
 * containers still use stay until these are gone. Refuses in docker's words (failed-precondition).
 */
export function removeImage(deps: RemoveDependencies, request: RemoveRequest): RemovedImage {
  const { ref, platform = '' } = request;
  const found = getImage(deps.records, ref, platform);
  if (platform !== '' || found.member) return removePlatform(deps, found, request.force);
  const { name, target } = found;
  const reference = name && referenceOf(target, name);
  if (reference !== undefined) return removeByName(deps, target, reference, request);
  return removeById(deps, found, request);
}

/** A name or a name@digest of a target. */
interface TargetReference {
  readonly target: Digest;
  readonly repository: string;
  /** Canonical with tag; absent for a digest. */
  readonly tag?: string;
}

function referencesOf({ digest, names, repositories }: TargetRecord): readonly TargetReference[] {
  const tags = names.map((tag) => ({
    target: digest,
    repository: canonicalName(parseReference(tag)),
    tag,
  }));
  return [...tags, ...repositories.map((repository) => ({ target: digest, repository }))];
}

function referenceOf(target: TargetRecord, name: Reference): TargetReference | undefined {
  const repository = canonicalName(name);
  return referencesOf(target).find((reference) =>
    name.digest === undefined
      ? reference.tag === canonical(name)
      : reference.tag === undefined && reference.repository === repository,
  );
}

/** At most one tag, and everything within one repository: removing it removes the image. */
function isSingle(references: readonly TargetReference[]): boolean {
  const repositories = new Set(references.map(({ repository }) => repository));
  const tags = references.filter(({ tag }) => tag !== undefined);
  return repositories.size <= 1 && tags.length <= 1;
}

function removeByName(
  deps: RemoveDependencies,
  target: TargetRecord,
  reference: TargetReference,
  { ref, force }: RemoveRequest,
): RemovedImage {
  const references = referencesOf(target);
  const [user] = usersOf(deps, [target]);
  const id = shortId(targetId(target));
  if (!force && user !== undefined && isSingle(references)) {
    throw new FailedPreconditionError(
      `conflict: unable to remove repository reference "${ref}" (must force) - container ${shortId(user.id)} is using its referenced image ${id}`,
    );
  }
  const sameRepository = (other: TargetReference): boolean =>
    other.repository === reference.repository && other.tag !== reference.tag;
  const lastTag =
    reference.tag !== undefined &&
    !references.some((other) => sameRepository(other) && other.tag !== undefined);
  const gone = [reference, ...(lastTag ? references.filter(sameRepository) : [])];
  const whole = gone.length === references.length;
  const running = usersOf(deps, [target]).some((container) => container.running);
  const shadows = lastTag ? shadowsOf(deps.records, target) : [];
  return deps.state.transaction((tx) => {
    const untagged = gone.map((each) => untag(deps, tx, target, each));
    const left = shadows.filter((shadow) => {
      const [theirs, others] = partition(referencesOf(shadow), sameRepository);
      untagged.push(...theirs.map((each) => untag(deps, tx, shadow, each)));
      return others.length === 0 && usersOf(deps, [shadow]).length === 0;
    });
    const ends = [...left, ...(whole && !running ? [target] : [])];
    return { untagged, deleted: forget(deps, tx, ends) };
  }, freeing);
}

function removeById(
  deps: RemoveDependencies,
  found: FoundImage,
  { ref, force }: RemoveRequest,
): RemovedImage {
  const matches = matchReference(deps.records, ref).map(({ target }) => target);
  const targets = [...new Map([found.target, ...matches].map((t) => [t.digest, t])).values()];
  const references = targets.flatMap(referencesOf);
  const refuse = (strength: 'cannot' | 'must', why: string): never => {
    throw new FailedPreconditionError(
      `conflict: unable to delete ${shortId(found.manifest.configDigest)} (${strength} be forced) - ${why}`,
    );
  };
  const users = usersOf(deps, targets);
  const running = users.find((user) => user.running);
  if (running !== undefined)
    refuse('cannot', `image is being used by running container ${shortId(running.id)}`);
  if (!force && !isSingle(references))
    refuse('must', 'image is referenced in multiple repositories');
  if (!force && users[0] !== undefined)
    refuse('must', `image is being used by stopped container ${shortId(users[0].id)}`);
  return deps.state.transaction(
    (tx) => ({
      untagged: targets.flatMap((target) =>
        referencesOf(target).map((each) => untag(deps, tx, target, each)),
      ),
      deleted: forget(deps, tx, targets),
    }),
    freeing,
  );
}

/** Takes one platform out of an index and leaves the rest; the last one takes the image with it. */
function removePlatform(
  deps: RemoveDependencies,
  { target, manifest }: FoundImage,
  force: boolean,
): RemovedImage {
  const users = deps.use.users(manifest.digest);
  const user = users.find(({ running }) => running) ?? users[0];
  if (user !== undefined && (user.running || !force)) {
    const strength = user.running ? 'cannot' : 'must';
    const state = user.running ? 'running' : 'stopped';
    throw new FailedPreconditionError(
      `conflict: unable to delete ${shortId(manifest.configDigest)} (${strength} be forced) - image is being used by ${state} container ${shortId(user.id)}`,
    );
  }
  return deps.state.transaction((tx) => {
    if (target.manifests.length <= 1) {
      const untagged = referencesOf(target).map((each) => untag(deps, tx, target, each));
      return { untagged, deleted: forget(deps, tx, [target]) };
    }
    deps.records.removeMember(tx, target.digest, manifest.digest);
    return { untagged: [], deleted: [tellDeleted(tx, manifest.configDigest)] };
  }, freeing);
}

/** Forgets an image with all its names; nothing of one that a container was made from. */
export function forgetTarget(deps: RemoveDependencies, target: TargetRecord): RemovedImage {
  if (usersOf(deps, [target]).length > 0) return { untagged: [], deleted: [] };
  return deps.state.transaction(
    (tx) => ({
      untagged: referencesOf(target).map((each) => untag(deps, tx, target, each)),
      deleted: forget(deps, tx, [target]),
    }),
    freeing,
  );
}

/** Chain ids of all that an image unpacks to; what cannot be read is left out. */
export async function stackedLayers(
  documents: ImageDocuments,
  { manifests }: TargetRecord,
): Promise<readonly string[]> {
  const configs = await Promise.all(
    manifests.map(({ configDigest }) => documents.config(configDigest).catch(() => undefined)),
  );
  return configs.flatMap((config) => chainIds(config?.diffIds ?? [], hashBytes));
}

/** Takes a name away and leaves the image, dangling if need be. not-found unless it is a name of an image. */
function untagImage(deps: RemoveDependencies, name: string): string {
  const { target, name: parsed } = getImage(deps.records, name);
  const reference = parsed && referenceOf(target, parsed);
  if (reference === undefined) throw new NotFoundError('image name', name);
  return deps.state.transaction((tx) => untag(deps, tx, target, reference));
}

function untag(
  { records }: RemoveDependencies,
  tx: Transaction,
  target: TargetRecord,
  { repository, tag }: TargetReference,
): string {
  if (tag === undefined) records.removeRepository(tx, repository, target.digest);
  else records.removeName(tx, tag);
  const name =
    tag === undefined
      ? `${familiarName(parseReference(repository))}@${target.digest}`
      : familiar(parseReference(tag));
  tx.emit({ type: 'image', action: 'untag', actorId: targetId(target), attributes: { name } });
  return name;
}

function forget(
  { records }: RemoveDependencies,
  tx: Transaction,
  targets: readonly TargetRecord[],
): string[] {
  for (const { digest } of targets) records.removeTarget(tx, digest);
  const ids = new Set(targets.flatMap((t) => t.manifests.map(({ configDigest }) => configDigest)));
  const gone = [...ids].filter(
    (id) => records.holdersByPrefix(id.slice('sha256:'.length)).length === 0,
  );
  return gone.map((id) => tellDeleted(tx, id));
}

function tellDeleted(tx: Transaction, id: string): string {
  tx.emit({ type: 'image', action: 'delete', actorId: id, attributes: { name: id } });
  return id;
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}

function usersOf({ use }: RemoveDependencies, targets: readonly TargetRecord[]): ImageUser[] {
  const manifests = new Set(targets.flatMap((t) => t.manifests.map(({ digest }) => digest)));
  return [...manifests].flatMap((digest) => use.users(digest));
}
