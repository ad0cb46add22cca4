import type { ArchiveCompression, CallOptions, PlatformOption, WorkFrame } from '@wharf/core';
import { InvalidArgumentError, NotFoundError } from '@wharf/core';
import { canonical, parseReference, shortDigest, withDefaultTag } from '@wharf/oci';
import { framesOf, type FrameQueue } from '../concurrency/frame-queue.js';
import type { State } from '../state/state.js';
import { chooseClaimed } from './choose.js';
import type { Claims } from './claims.js';
import { installTree, type InstallTreeDependencies } from './install-tree.js';
import { nameTarget } from './install.js';
import { matchReference } from './lookup.js';
import type { ImageRecords } from './records.js';
import { recompressSelection, type RecompressDependencies } from './recompress.js';
import { orTellFull, type RoomDependencies } from './room.js';
import { bestForHost } from './select.js';

export interface ConvertDependencies
  extends RecompressDependencies, InstallTreeDependencies, RoomDependencies {
  readonly content: RecompressDependencies['content'] & InstallTreeDependencies['content'];
  readonly pack: RecompressDependencies['pack'];
  readonly claims: Claims;
  readonly records: ImageRecords;
  readonly state: State;
}

export interface ConvertOptions extends CallOptions, PlatformOption {
  readonly compression: ArchiveCompression;
}

/** Gives the image with its layers compressed in another way, under OCI's media types, another name. Image ids stay. */
export function convertImage(
  deps: ConvertDependencies,
  ref: string,
  name: string,
  options: ConvertOptions,
): AsyncIterable<WorkFrame> {
  const work = async (queue: FrameQueue<WorkFrame>, { signal }: CallOptions): Promise<void> => {
    const reference = withDefaultTag(parseReference(name));
    if (reference.digest !== undefined)
      throw new InvalidArgumentError(`refusing to create a tag with a digest reference: ${name}`);
    const match = matchReference(deps.records, ref)[0];
    if (match === undefined) throw new NotFoundError('image', ref);
    const claim = deps.claims.openOnce('convert');
    try {
      const chosen = await chooseClaimed(deps, claim, match.target, {
        ref,
        signal,
        ...(options.platform ? { platforms: [options.platform] } : {}),
      });
      const told = new Set<string>();
      const selection = await recompressSelection(deps, claim, chosen, {
        signal,
        compression: options.compression,
        force: true,
        oci: true,
        onDropped: (message) => queue.push({ kind: 'step', message }),
        onLayer: ({ digest }) => {
          if (told.has(digest)) return;
          told.add(digest);
          queue.push({ kind: 'step', message: `compressing layer ${shortDigest(digest)}` });
        },
      });
      const { target, made } = selection;
      await claim.hold([target.digest], { signal });
      if (made !== undefined) await deps.content.put(made, { signal });
      const { manifests } = await installTree(deps, claim, target, { signal });
      const imageId = bestForHost(selection.manifests)?.manifest.config.digest ?? target.digest;
      nameTarget(deps, {
        target,
        manifests,
        names: [canonical(reference)],
        digests: [],
        event: {
          action: 'convert',
          actorId: imageId,
          attributes: { name: canonical(reference), compression: options.compression },
        },
      });
      queue.push({ kind: 'done', imageId, targetDigest: target.digest });
    } finally {
      claim.fulfil();
    }
  };
  return framesOf<WorkFrame>(
    (queue, call) => orTellFull(deps, `converting ${ref}`, () => work(queue, call)),
    options,
  );
}
