import { NotFoundError } from '@wharf/core';
import { canonicalName, parseReference, type Digest, type Reference } from '@wharf/oci';
import { matchReference } from '../lookup.js';
import type { ImageRecords, TargetRecord } from '../records.js';

/** An image to be saved. */
export interface FoundTarget {
  /** As it was asked for, for messages. */
  readonly ref: string;
  readonly target: TargetRecord;
  /** The one platform that was asked for by its own digest. */
  readonly member?: Digest;
  readonly names: readonly Reference[];
}

interface Draft {
  readonly ref: string;
  readonly target: TargetRecord;
  readonly member: Digest | undefined;
  readonly names: Map<string, Reference>;
}

/**
 * Each image once, with the names that it was asked for by; a bare name stands for all of its tags. Sorted, so that the
 * order of arguments says nothing.
 * @throws NotFoundError with the name as the caller wrote it
 */
export function findAll(records: ImageRecords, refs: readonly string[]): readonly FoundTarget[] {
  const found = new Map<string, Draft>();
  const add = (
    ref: string,
    target: TargetRecord,
    tags: readonly string[],
    member?: Digest,
  ): void => {
    const key = member ?? target.digest;
    const draft = found.get(key) ?? { ref, target, member, names: new Map<string, Reference>() };
    for (const tag of tags) draft.names.set(tag, parseReference(tag));
    found.set(key, draft);
  };
  for (const ref of refs) {
    const match = matchReference(records, ref)[0];
    if (match !== undefined && match.name === undefined)
      add(ref, match.target, [], memberOf(match));
    else if (/^[0-9a-f]{64}$/.test(ref)) throw new NotFoundError('image', ref);
    else addNamed(records, ref, add);
  }
  return [...found.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ref, target, member, names }]) => ({
      ref,
      target,
      ...(member === undefined ? {} : { member }),
      names: [...names.values()],
    }));
}

function addNamed(
  records: ImageRecords,
  ref: string,
  add: (ref: string, target: TargetRecord, tags: readonly string[], member?: Digest) => void,
): void {
  const { tag, digest, ...written } = parseReference(ref);
  if (tag === undefined && digest === undefined) {
    const repository = canonicalName(written as Reference);
    let any = false;
    for (const target of records.targets()) {
      const tags = target.names.filter(
        (name) => canonicalName(parseReference(name)) === repository,
      );
      if (tags.length > 0) add(ref, target, tags);
      any ||= tags.length > 0;
    }
    if (any) return;
  }
  const match = matchReference(records, ref)[0];
  if (match === undefined) throw new NotFoundError('image', ref);
  const tags = tag === undefined || digest !== undefined ? [] : tagOf(match.name);
  add(ref, match.target, tags, memberOf(match));
}

/** The digest of a manifest means that platform alone, an image id the image. */
function memberOf({ part }: ReturnType<typeof matchReference>[number]): Digest | undefined {
  return part?.by === 'manifest' ? part.digest : undefined;
}

function tagOf(name: Reference | undefined): readonly string[] {
  return name?.tag === undefined ? [] : [`${canonicalName(name)}:${name.tag}`];
}
