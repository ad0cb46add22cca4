import type { BlobDescriptor, CallOptions } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import { canonical, isIndexType, isManifestType, parseReference, withDefaultTag } from '@wharf/oci';
import type { Claims } from '../images/claims.js';
import { installTree, type InstallTreeDependencies } from '../images/install-tree.js';
import { nameTarget, type InstallDependencies } from '../images/install.js';
import { bestForHost } from '../images/select.js';
import { checkDescriptor, leaseName } from './check.js';

export interface NameDependencies extends InstallTreeDependencies {
  readonly records: InstallDependencies['records'];
  readonly state: InstallDependencies['state'];
  readonly claims: Claims;
}

export interface NameRequest {
  readonly lease: string;
  /** Empty leaves the image dangling. */
  readonly name: string;
  readonly target: BlobDescriptor;
}

/** Unpacks and names what was written under the lease, which ends. */
export async function nameContent(
  deps: NameDependencies,
  { lease, name, target }: NameRequest,
  { signal }: CallOptions,
): Promise<{ readonly imageId: string }> {
  const descriptor = checkDescriptor(target);
  const { mediaType } = descriptor;
  if (!isIndexType(mediaType) && !isManifestType(mediaType))
    throw new InvalidArgumentError(`only an index or a manifest can be named, not ${mediaType}`);
  const names = name === '' ? [] : [nameOf(name)];
  using claim = deps.claims.open(leaseName(lease));
  await claim.hold([descriptor.digest], { signal });
  const { tree, manifests } = await installTree(deps, claim, descriptor, { signal });
  const imageId = bestForHost(tree.present)?.manifest.config.digest ?? descriptor.digest;
  nameTarget(deps, {
    target: descriptor,
    manifests,
    names,
    digests: [],
    event: { action: 'load', actorId: imageId, attributes: { name: names[0] ?? imageId } },
  });
  claim.fulfil();
  return { imageId };
}

function nameOf(text: string): string {
  const reference = withDefaultTag(parseReference(text));
  if (reference.digest === undefined) return canonical(reference);
  throw new InvalidArgumentError(`refusing to create a tag with a digest reference: ${text}`);
}
