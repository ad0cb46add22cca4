import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions, LoadFrame } from '@wharf/core';
import { DataLossError, InvalidArgumentError, isWharfError } from '@wharf/core';
import { canonical, familiar, type Reference } from '@wharf/oci';
import { framesOf, type FrameQueue } from '../../concurrency/frame-queue.js';
import type { Claim, Claims } from '../claims.js';
import { installTree, type InstalledTree, type InstallTreeDependencies } from '../install-tree.js';
import { nameTarget, type InstallDependencies } from '../install.js';
import { orTellFull, type RoomDependencies } from '../room.js';
import { bestForHost } from '../select.js';
import type { Layers } from '../../layers/layers.js';
import { planDocker, type DockerArchiveDependencies, type PlannedImage } from './docker.js';
import { EarlyLayers } from './early-layers.js';
import { takeArchive, type ArchiveContents, type IntakeDependencies } from './intake.js';
import { dockerNames, planLayout } from './layout.js';

export interface LoadDependencies
  extends
    IntakeDependencies,
    DockerArchiveDependencies,
    InstallDependencies,
    InstallTreeDependencies,
    RoomDependencies {
  readonly content: IntakeDependencies['content'] &
    DockerArchiveDependencies['content'] &
    InstallTreeDependencies['content'];
  readonly layers: InstallTreeDependencies['layers'] & Pick<Layers, 'list' | 'stage' | 'unstage'>;
  readonly pack: InstallTreeDependencies['pack'];
  readonly claims: Claims;
}

export interface LoadOptions extends CallOptions {
  readonly platforms?: readonly string[];
}

/**
 * Reads an archive of images in one pass, unpacks all of them, and names them last: a failure before that leaves nothing to
 * be seen. The OCI half is what counts where an archive is both.
 */
export function loadImages(
  deps: LoadDependencies,
  archive: AsyncIterable<Uint8Array>,
  options: LoadOptions,
): AsyncIterable<LoadFrame> {
  return framesOf<LoadFrame>((queue, { signal }) => {
    const work = () => load(deps, archive, queue, { ...options, signal });
    return orTellFull(deps, 'loading images', work);
  }, options);
}

async function load(
  deps: LoadDependencies,
  archive: AsyncIterable<Uint8Array>,
  queue: FrameQueue<LoadFrame>,
  options: LoadOptions,
): Promise<void> {
  const id = randomUUID();
  const directory = join(deps.temporary, `load-${id}`);
  const claim = deps.claims.openOnce('load');
  const tell = (name: string, phase: Phase, current: number, total: number): void =>
    queue.push({ kind: 'progress', progress: { id: name, phase, current, total } }, name);
  try {
    await using early = new EarlyLayers(deps.layers, options);
    const contents = await takeArchive(deps, claim, archive, {
      signal: options.signal,
      directory,
      onFile: (file) => early.begin(file),
      onBytes: (name, current, total) => tell(name, 'reading', current, total),
    });
    await early.settled();
    const installed: (PlannedImage & InstalledTree)[] = [];
    for (const plan of await planImages(deps, claim, contents, options)) {
      installed.push({ ...plan, ...(await install(deps, claim, plan, tell, options)) });
    }
    for (const image of installed) nameLoaded(deps, image, queue);
  } finally {
    await rm(directory, { recursive: true, force: true });
    claim.fulfil();
  }
}

type Phase = 'reading' | 'unpacking' | 'done' | 'exists';
type Tell = (name: string, phase: Phase, current: number, total: number) => void;

async function planImages(
  deps: LoadDependencies,
  claim: Claim,
  contents: ArchiveContents,
  options: LoadOptions,
): Promise<readonly PlannedImage[]> {
  const { documents } = contents;
  const plans = documents.has('index.json')
    ? await layoutImages(deps, contents)
    : documents.has('manifest.json')
      ? await planDocker(deps, claim, contents, options)
      : undefined;
  if (plans === undefined) {
    throw new InvalidArgumentError(
      'the archive has neither index.json nor manifest.json: it holds no images; a root filesystem is read by import',
    );
  }
  if (plans.length === 0) throw new InvalidArgumentError('the archive holds no images');
  return plans;
}

async function layoutImages(
  deps: LoadDependencies,
  contents: ArchiveContents,
): Promise<readonly PlannedImage[]> {
  const plans = planLayout(contents);
  if (plans.every(({ named }) => named)) return plans;
  const byConfig = dockerNames(contents);
  return Promise.all(
    plans.map(async (plan) => {
      if (plan.named) return plan;
      const found = await deps.documents.manifest(plan.target.digest).catch(() => undefined);
      return { ...plan, names: byConfig.get(found?.document.config.digest ?? '') ?? [] };
    }),
  );
}

async function install(
  deps: LoadDependencies,
  claim: Claim,
  plan: PlannedImage,
  tell: Tell,
  { signal, platforms }: LoadOptions,
): Promise<InstalledTree> {
  try {
    return await installTree(deps, claim, plan.target, {
      signal,
      ...(platforms === undefined ? {} : { platforms }),
      onLayer: ({ digest, size }, phase) =>
        tell(digest, phase, phase === 'unpacking' ? 0 : size, size),
    });
  } catch (error) {
    const lacks =
      isWharfError(error) && error.code === 'not-found' && (platforms ?? []).length === 0;
    if (!lacks) throw error;
    throw new DataLossError(
      `the archive names ${plan.target.digest}, but has not all parts of a container image of it`,
      { cause: error },
    );
  }
}

function nameLoaded(
  deps: LoadDependencies,
  { target, names, tree, manifests }: PlannedImage & InstalledTree,
  queue: FrameQueue<LoadFrame>,
): void {
  const known = new Set(manifests.map(({ descriptor }) => descriptor.digest));
  const best = bestForHost(tree.present.filter(({ descriptor }) => known.has(descriptor.digest)));
  const imageId = best?.manifest.config.digest ?? '';
  const say = (name: Reference | undefined): void => {
    const { replaced } = nameTarget(deps, {
      target,
      manifests,
      names: name === undefined ? [] : [canonical(name)],
      digests: [],
      event: { action: 'load', actorId: imageId, attributes: { name: imageId } },
    });
    const reference = name === undefined ? '' : familiar(name);
    const image = { reference, imageId, targetDigest: target.digest, replaced: replaced ?? '' };
    queue.push({ kind: 'loaded', image });
  };
  if (names.length === 0) say(undefined);
  for (const name of names) say(name);
}
