import { canonical, canonicalName, familiar, formatPlatform, isIndexType } from '@wharf/oci';
import type { State, Transaction } from '../../state/state.js';
import { targetId } from '../lookup.js';
import type { ImageRecords } from '../records.js';
import type { ImageUse } from '../use.js';
import type { PushJob } from './job.js';

export interface RecordDependencies {
  readonly records: ImageRecords;
  readonly state: State;
  readonly use: ImageUse;
}

/**
 * Remembers that the repository has the image by its digest now. What went compressed anew is another image with the same
 * ids of configs: the name that was pushed is its name from now on, here as there, unless containers were made from the one
 * before, which then keeps it. Parts of an index leave no mark.
 */
export function recordPushed(deps: RecordDependencies, job: PushJob): void {
  const { records, state } = deps;
  const { name, target, selection, unchanged } = job;
  const { digest } = selection.target;
  state.transaction((tx) => {
    if (!unchanged && selection.whole) {
      addPushed(records, tx, job);
      if (!isUsed(deps, target)) moveName(records, tx, job);
    }
    if (records.target(digest) !== undefined)
      records.addRepository(tx, canonicalName(name), digest);
    tx.emit({
      type: 'image',
      action: 'push',
      actorId: familiar(name),
      attributes: { name: familiar(name), id: targetId(target) },
    });
  });
}

function addPushed(records: ImageRecords, tx: Transaction, { target, selection }: PushJob): void {
  const { digest, mediaType } = selection.target;
  const kind = isIndexType(mediaType) ? 'index' : 'manifest';
  records.addTarget(tx, { digest, mediaType, kind });
  for (const { descriptor, manifest, config } of selection.manifests) {
    if (config === undefined) continue;
    const known = target.manifests.find((one) => one.configDigest === manifest.config.digest);
    records.addMember(tx, digest, {
      digest: descriptor.digest,
      mediaType: manifest.mediaType,
      configDigest: manifest.config.digest,
      platform: formatPlatform(config.platform),
      unpacked: known?.unpacked ?? false,
    });
  }
}

/** The image before goes when nothing else leads to it. */
function moveName(
  records: ImageRecords,
  tx: Transaction,
  { name, target, selection }: PushJob,
): void {
  records.setName(tx, canonical(name), selection.target.digest);
  const left = records.target(target.digest);
  if (left !== undefined && left.names.length + left.repositories.length === 0)
    records.removeTarget(tx, target.digest);
}

function isUsed({ use }: RecordDependencies, { manifests }: PushJob['target']): boolean {
  return manifests.some(({ digest }) => use.users(digest).length > 0);
}
