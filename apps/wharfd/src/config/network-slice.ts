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
  readonly hostNames: boolean;
  readonly bridgePorts: number;
}

/** Beside 127.0.0.53 and .54, which are those of systemd-resolved. */
const usualHostNames = '127.0.53.54:53';

/** ADDRESS:PORT at which programs of the host ask for names of containers; '' is nowhere. */
export function hostNamesEndpoint(config: Config): string {
  const asked = config['host-names'];
  if (asked === true) return usualHostNames;
  return asked === false ? '' : asked;
}

/** None of those that docker, podman, kubernetes and home routers take, so that Wharf can stand beside them: 2048 networks. */
const usualPools: readonly AddressBlock[] = [{ base: '10.200.0.0/13', size: 24 }];

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
    hostNames: hostNamesEndpoint(config) !== '',
    bridgePorts: config['bridge-ports'],
  };
}

/** The network of containers that name none: as configured, but none where there is no default bridge. */
export function defaultNetwork(config: Config): string {
  const name = config['default-network'];
  return name === 'bridge' && config.bridge === 'none' ? 'none' : name;
}
