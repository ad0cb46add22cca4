import type { ImageRecords, TargetRecord } from './records.js';

type Holders = Pick<ImageRecords, 'holdersByPrefix'>;

/**
 * Manifests without a name whose config is that of a named one: the same image to people, who know it by the id of the config.
 * A push that compresses anew makes them, and a load over an image that is there in another compression.
 */
export function shadowsOf(records: Holders, target: TargetRecord): readonly TargetRecord[] {
  if (target.names.length === 0) return [];
  return sameImage(records, target).filter(({ names }) => names.length === 0);
}

export function isShadow(records: Holders, target: TargetRecord): boolean {
  if (target.names.length > 0) return false;
  return sameImage(records, target).some(({ names }) => names.length > 0);
}

/** Indexes are left out: what they are is more than one config. */
function sameImage(records: Holders, target: TargetRecord): readonly TargetRecord[] {
  const [manifest] = target.manifests;
  if (target.kind !== 'manifest' || manifest === undefined) return [];
  return records
    .holdersByPrefix(manifest.configDigest.slice('sha256:'.length))
    .filter(({ kind, digest }) => kind === 'manifest' && digest !== target.digest);
}
