import { InvalidArgumentError, type CallOptions } from '@wharf/core';
import { canonical, familiar, parseReference, withDefaultTag, type Reference } from '@wharf/oci';
import { nameTarget } from '../../../images/install.js';
import type { Selection } from '../../../images/select.js';
import type { OutputDependencies } from '../dependencies.js';

/** @throws InvalidArgumentError for what is no name, or one with a digest */
export function readNames(names: readonly string[]): readonly Reference[] {
  const all = names.map((text) => {
    const name = withDefaultTag(parseReference(text));
    if (name.digest === undefined) return name;
    throw new InvalidArgumentError(`an image cannot be named ${text}: leave the digest out`);
  });
  return [...new Map(all.map((name) => [canonical(name), name])).values()];
}

/** Makes the image one of the store's, and names it last and at once, when its layers, which are unpacked already, are on the disk. */
export async function nameImage(
  deps: Pick<OutputDependencies, 'records' | 'state' | 'layers'>,
  { target, manifests }: Selection,
  names: readonly Reference[],
  options: CallOptions,
): Promise<void> {
  await deps.layers.settle(options);
  const [name] = names;
  const id = manifests[0]?.manifest.config.digest ?? target.digest;
  nameTarget(deps, {
    target,
    manifests: manifests.flatMap(({ descriptor, manifest, config }) =>
      config === undefined ? [] : [{ descriptor, manifest, config, unpacked: true }],
    ),
    names: names.map(canonical),
    digests: [],
    event: {
      action: 'build',
      actorId: id,
      attributes: name === undefined ? {} : { name: familiar(name) },
    },
  });
}
