import type { RemovedImage } from '@wharf/core';
import { FailedPreconditionError, shortId } from '@wharf/core';
import { canonical, canonicalName, familiar, familiarName, parseReference } from '@wharf/oci';
import type { State } from '../state/state.js';
import { getImage, nameUsed } from './lookup.js';
import type { ImageRecord, ImageRecords } from './records.js';

export interface ImageUse {
  /** Ids of the containers made from an image, and which of them run. */
  users(manifestDigest: string): readonly { readonly id: string; readonly running: boolean }[];
}

/** Untags, and forgets the image with its last name. The bytes go with the next collection. */
export function removeImage(
  state: State,
  records: ImageRecords,
  use: ImageUse,
  ref: string,
  force: boolean,
): RemovedImage {
  const image = getImage(records, ref);
  const name = nameUsed(records, ref);
  if (name !== undefined && name.digest === undefined && image.names.length > 1) {
    state.transaction((tx) => {
      records.removeName(tx, canonical(name));
      tx.emit({
        type: 'image',
        action: 'untag',
        actorId: image.configDigest,
        attributes: { name: familiar(name) },
      });
    });
    return { untagged: [familiar(name)], deleted: [] };
  }
  if (name === undefined && !force && repositories(image).size > 1) {
    throw new FailedPreconditionError(
      `conflict: unable to delete ${shortId(image.configDigest)} (must be forced) - image is referenced in multiple repositories`,
    );
  }
  refuseInUse(image, use, ref, force);
  const untagged = [
    ...image.names.map((tag) => familiar(parseReference(tag))),
    ...image.digests.map(
      ({ repository, target }) => `${familiarName(parseReference(repository))}@${target}`,
    ),
  ];
  const used = use.users(image.manifestDigest).length > 0;
  state.transaction((tx) => {
    for (const tag of image.names) {
      records.removeName(tx, tag);
      tx.emit({
        type: 'image',
        action: 'untag',
        actorId: image.configDigest,
        attributes: { name: familiar(parseReference(tag)) },
      });
    }
    for (const { repository, target } of image.digests)
      records.removeDigest(tx, repository, target);
    if (used) return;
    records.remove(tx, image.manifestDigest);
    tx.emit({
      type: 'image',
      action: 'delete',
      actorId: image.configDigest,
      attributes: { name: image.configDigest },
    });
  });
  return { untagged, deleted: used ? [] : [image.configDigest] };
}

function repositories(image: ImageRecord): Set<string> {
  return new Set(image.names.map((name) => canonicalName(parseReference(name))));
}

function refuseInUse(image: ImageRecord, use: ImageUse, ref: string, force: boolean): void {
  const users = use.users(image.manifestDigest);
  const running = users.find((user) => user.running);
  const id = shortId(image.configDigest);
  if (running !== undefined && image.names.length <= 1 && !force) {
    throw new FailedPreconditionError(
      `conflict: unable to remove image ${ref}: container ${shortId(running.id)} is using its image ${id}, stop and remove the container first`,
    );
  }
  const user = users[0];
  if (user !== undefined && !force) {
    throw new FailedPreconditionError(
      `conflict: unable to remove image ${ref} (must force): container ${shortId(user.id)} is using its image ${id}`,
    );
  }
}
