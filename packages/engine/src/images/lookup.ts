import { InvalidArgumentError, isHexPrefix, NotFoundError } from '@wharf/core';
import {
  canonical,
  canonicalName,
  parseReference,
  withDefaultTag,
  type Reference,
} from '@wharf/oci';
import type { ImageRecord, ImageRecords } from './records.js';

const minPrefix = 2;
const wholeId = /^(sha256:)?[0-9a-f]{64}$/;

/** The image that a name, an id (with or without sha256:) or an unambiguous beginning of an id means. */
export function findImage(records: ImageRecords, ref: string): ImageRecord | undefined {
  const found = byId(records, ref);
  // A whole id can be no name.
  return found ?? (wholeId.test(ref) ? undefined : byName(records, ref));
}

/** As findImage, but throws not-found with the name as the caller wrote it. */
export function getImage(records: ImageRecords, ref: string): ImageRecord {
  const found = findImage(records, ref);
  if (found === undefined) throw new NotFoundError('image', ref);
  return found;
}

/** The canonical name or digest by which `ref` finds the image; undefined when it was an id. */
export function nameUsed(records: ImageRecords, ref: string): Reference | undefined {
  if (byId(records, ref) !== undefined) return undefined;
  return withDefaultTag(parseReference(ref));
}

function byName(records: ImageRecords, ref: string): ImageRecord | undefined {
  const reference = withDefaultTag(parseReference(ref));
  const { digest } = reference;
  if (digest === undefined) return records.byName(canonical(reference));
  return records.byTarget(canonicalName(reference), digest);
}

function byId(records: ImageRecords, ref: string): ImageRecord | undefined {
  const hex = ref.startsWith('sha256:') ? ref.slice(7) : ref;
  if (hex.length < minPrefix || !isHexPrefix(hex)) return undefined;
  const found = records.byIdPrefix(hex);
  const ids = new Set(found.map((image) => image.configDigest));
  if (ids.size > 1) {
    throw new InvalidArgumentError(`image id ${ref} is ambiguous, give more of its digits`);
  }
  return found[0];
}
