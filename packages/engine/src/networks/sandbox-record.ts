import type { ContainerId, EndpointSpec, NetworkingSpec, PublishedPort } from '@wharf/core';

/** What a running container holds of one network. */
export interface Lease {
  readonly macAddress: string;
  /** '' where the network has none of that family. */
  readonly ipv4Address: string;
  readonly ipv6Address: string;
  /** Inside: eth0. */
  readonly interfaceName: string;
  /** The other end, on the host. */
  readonly hostName: string;
  /** Which of the network's bridges it is on, where that is not the first. */
  readonly segment?: number;
}

/** A container's part in one network. */
export interface EndpointRecord {
  readonly networkId: string;
  readonly networkName: string;
  readonly endpointId: string;
  readonly asked: EndpointSpec;
  readonly lease?: Lease;
  /** Of its last run; given again if it is free, as others may remember it (UDP flows, caches). */
  readonly previous?: Pick<Lease, 'ipv4Address' | 'ipv6Address'>;
}

/** A port that is bound for a running container. */
export interface BoundPort extends PublishedPort {
  readonly lanOnly: boolean;
}

/** After its end: the lease is over, and known as the last one. */
export function withoutLease({ lease, ...rest }: EndpointRecord): EndpointRecord {
  if (lease === undefined) return rest;
  const { ipv4Address, ipv6Address } = lease;
  return { ...rest, previous: { ipv4Address, ipv6Address } };
}

/** All that the networks know of one container. */
export interface SandboxRecord {
  readonly containerId: ContainerId;
  readonly containerName: string;
  readonly hostname: string;
  readonly domainname: string;
  /** Canonical name of its first network, or host, none, container:REF. */
  readonly mode: string;
  readonly networking: NetworkingSpec;
  /** PORT/PROTOCOL, of the image and the spec. */
  readonly exposed: readonly string[];
  readonly endpoints: readonly EndpointRecord[];
  /** From the intent to start it until it has ended for good. */
  readonly open: boolean;
  readonly bound: readonly BoundPort[];
  /** See NetworkedContainer. */
  readonly hidden?: boolean;
}
