import { canonicalName, familiar, formatPlatform, isIndexType } from '@wharf/oci';
import type { State } from '../../state/state.js';
import { targetId } from '../lookup.js';
import type { ImageRecords } from '../records.js';
import type { PushJob } from './job.js';

export interface RecordDependencies {
  readonly records: ImageRecords;
  readonly state: State;
}

/**
 * Remembers that the repository has the image by its digest now. What went compressed anew is another image with the same
 * ids of configs: it is kept without a name, so that the next push finds all of it done. Parts of an index leave no mark.
 */
export function recordPushed(
  { records, state }: RecordDependencies,
  { name, target, selection, unchanged }: PushJob,
): void {
  const { digest, mediaType } = selection.target;
  state.transaction((tx) => {
    if (!unchanged && selection.whole && selection.made === undefined) {
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
