import { InvalidArgumentError } from '@wharf/core';
import { canonical, familiar, parseReference, withDefaultTag } from '@wharf/oci';
import type { State } from '../state/state.js';
import { getImage } from './lookup.js';
import type { ImageRecords } from './records.js';

/** Gives an image one more name, taken from whoever has it. A part of an index that is asked for by its own digest or id becomes an image. */
export function tagImage(
  { state, records }: { readonly state: State; readonly records: ImageRecords },
  ref: string,
  name: string,
): void {
  const { target, manifest, member } = getImage(records, ref);
  const reference = withDefaultTag(parseReference(name));
  if (reference.digest !== undefined)
    throw new InvalidArgumentError(`refusing to create a tag with a digest reference: ${name}`);
  state.transaction((tx) => {
    if (member) {
      const { digest, mediaType } = manifest;
      records.addTarget(tx, { digest, mediaType, kind: 'manifest' });
      records.addMember(tx, digest, manifest);
    }
    records.setName(tx, canonical(reference), member ? manifest.digest : target.digest);
    tx.emit({
      type: 'image',
      action: 'tag',
      actorId: manifest.configDigest,
      attributes: { name: familiar(reference) },
    });
  });
}
