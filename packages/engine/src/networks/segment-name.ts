import type { NetworkRecord } from './records.js';

/** Of the interface; the first bridge has the network's own name for it. */
export function segmentName(
  { id, bridgeName }: Pick<NetworkRecord, 'id' | 'bridgeName'>,
  segment: number,
): string {
  return segment === 0 ? bridgeName : `wb${segment}-${id.slice(0, 9)}`;
}
