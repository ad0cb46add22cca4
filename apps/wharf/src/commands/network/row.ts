import type { Network } from '@wharf/core';
import { utcTime } from '../../format/status.js';

/** Titles of the columns of `network ls`. */
export const networkHeaders = {
  ID: 'NETWORK ID',
  Name: 'NAME',
  Driver: 'DRIVER',
  Scope: 'SCOPE',
  IPv4: 'IPV4',
  IPv6: 'IPV6',
  Internal: 'INTERNAL',
  Labels: 'LABELS',
  CreatedAt: 'CREATED AT',
};

const shortLength = 12;

/** A network as `network ls` shows it. */
export function networkRow({ id, createdAt, spec, scope }: Network, truncate: boolean): object {
  return {
    CreatedAt: () => utcTime(createdAt),
    Driver: spec.driver,
    ID: truncate ? id.slice(0, shortLength) : id,
    IPv4: String(spec.ipv4),
    IPv6: String(spec.ipv6),
    Internal: String(spec.internal),
    Labels: () =>
      Object.entries(spec.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    Name: spec.name,
    Scope: scope,
    Label: (key: string) => spec.labels[key] ?? '',
  };
}
