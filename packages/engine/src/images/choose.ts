import type { CallOptions } from '@wharf/core';
import type { Digest } from '@wharf/oci';
import type { Claim } from './claims.js';
import type { TargetRecord } from './records.js';
import { selectMember, selectPlatforms, type Selection } from './select.js';
import { blobsOf, describeTarget, readTree, type TreeDependencies } from './tree.js';

export interface ChoiceOptions extends CallOptions {
  /** As the image was asked for, for messages. */
  readonly ref: string;
  readonly platforms?: readonly string[];
  /** The one platform that was asked for by its own digest. */
  readonly member?: Digest;
}

/** Chooses what of an image goes out, claims it, and looks again: what was seen before the claim may be gone since. */
export async function chooseClaimed(
  deps: TreeDependencies,
  claim: Claim,
  target: TargetRecord,
  options: ChoiceOptions,
): Promise<Selection> {
  const { ref, platforms, member } = options;
  const choose = async (): Promise<Selection> => {
    const tree = await readTree(deps, await describeTarget(deps, target));
    return member === undefined
      ? selectPlatforms(tree, ref, platforms)
      : selectMember(tree, member);
  };
  const { indexes, manifests } = await choose();
  const blobs = blobsOf({ indexes, present: manifests });
  await claim.hold(
    blobs.map(({ digest }) => digest),
    options,
  );
  return choose();
}
