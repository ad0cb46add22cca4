import { randomBytes } from 'node:crypto';
import type { NetworkSpec } from '@wharf/core';
import type { NetworkRecord, NetworkRecords } from './records.js';

/** Names that are always there, and their drivers. */
export const builtInDrivers: Readonly<Record<string, string>> = {
  bridge: 'bridge',
  host: 'host',
  none: 'null',
};

export function builtInSpec(name: string): NetworkSpec {
  return {
    name,
    driver: builtInDrivers[name] ?? 'bridge',
    internal: false,
    attachable: false,
    ipv4: true,
    ipv6: false,
    labels: {},
    options: {},
    ipam: { driver: 'default', options: {}, pools: [] },
  };
}

export function builtInRecord(spec: NetworkSpec, bridgeName: string): NetworkRecord {
  const id = randomBytes(32).toString('hex');
  return { id, createdAt: new Date(), spec, builtIn: true, bridgeName, dns: [] };
}

/** Those that need nothing of the kernel. */
export function ensureHostAndNone(records: NetworkRecords): void {
  for (const name of ['host', 'none'])
    if (records.find(name) === undefined) records.insert(builtInRecord(builtInSpec(name), ''), []);
}
