import type { KeyLock } from '../concurrency/key-lock.js';
import type { Logger } from '../containers/dependencies.js';
import type { ContainerId, Degradation, PublishScope } from '@wharf/core';
import type { Addresses } from './addresses.js';
import type { FilterKeeper } from './filter-keeper.js';
import type { AddressBlock } from './ipam.js';
import type { NamePort, NetworkPort, PacketFilterPort } from './ports.js';
import type { NetworkRecords } from './records.js';

/** The slice of the daemon's configuration that networks follow. */
export interface NetworkDefaults {
  /** Interface of the default network. */
  readonly bridge: string;
  /** Gateway and subnet of the default network, CIDR; '' takes one of the pools. */
  readonly bip: string;
  readonly pools: readonly AddressBlock[];
  /** Of bridges that say nothing; 0 is 1500. */
  readonly mtu: number;
  /** Where ports are bound that name no address. */
  readonly publishAddress: string;
  readonly publishScope: Exclude<PublishScope, 'default'>;
  readonly icc: boolean;
  /** Servers, search and options for containers that name none. */
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** What host-gateway stands for; '' is the gateway of the default network. */
  readonly hostGateway: string;
  /** Whether programs of the host may ask for names of containers. */
  readonly hostNames?: boolean;
  /** Containers on one bridge; then a network gets another one. */
  readonly bridgePorts?: number;
}

export interface NetworkPorts {
  readonly network: NetworkPort;
  readonly filter: PacketFilterPort;
  readonly names: NamePort;
}

export interface NetworkContext {
  readonly daemonId: string;
  readonly records: NetworkRecords;
  readonly addresses: Addresses;
  readonly keeper: FilterKeeper;
  readonly ports: NetworkPorts;
  /** Networks and containers, by id. */
  readonly locks: KeyLock;
  readonly defaults: NetworkDefaults;
  readonly logger: Logger;
  readonly degraded: Degradation[];
  /** Bridges of networks with several that are known to be there. */
  readonly segments: Set<string>;
  /** <exec-root>/netns */
  readonly namespaces: string;
  /** Directory of a container's hosts and resolv.conf. */
  etc(id: ContainerId): string;
  hostResolvConf(): Promise<string>;
}
