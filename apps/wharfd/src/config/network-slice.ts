import type { PublishScope } from '@wharf/core';
import type { Config } from './schema.js';

/** A block from which subnets of one prefix length are cut. */
export interface AddressBlock {
  readonly base: string;
  readonly size: number;
}

/** What networks need to know. */
export interface NetworkSlice {
  /** Interface of the default network. */
  readonly bridge: string;
  readonly bip: string;
  readonly pools: readonly AddressBlock[];
  readonly mtu: number;
  /** '' are all of both families. */
  readonly publishAddress: string;
  readonly publishScope: Exclude<PublishScope, 'default'>;
  readonly icc: boolean;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** '' is the gateway of the default network; two addresses have a comma between them. */
  readonly hostGateway: string;
}

/** Those that docker cuts networks from: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/16 in parts of /20. */
const usualPools: readonly AddressBlock[] = [
  ...Array.from({ length: 15 }, (_, at) => ({ base: `172.${17 + at}.0.0/16`, size: 16 })),
  { base: '192.168.0.0/16', size: 20 },
];

export function networkSlice(config: Config): NetworkSlice {
  const { bridge, bip, mtu, icc, dns, ip } = config;
  return {
    bridge,
    bip,
    pools: config['default-address-pools'] ?? usualPools,
    mtu,
    publishAddress: ip === '0.0.0.0' ? '' : ip,
    publishScope: config['publish-scope'],
    icc,
    dns,
    dnsSearch: config['dns-search'],
    dnsOptions: config['dns-opts'],
    hostGateway: config['host-gateway-ips'].join(','),
  };
}

/** The network of containers that name none: as configured, but none where there is no default bridge. */
export function defaultNetwork(config: Config): string {
  const name = config['default-network'];
  return name === 'bridge' && config.bridge === 'none' ? 'none' : name;
}
