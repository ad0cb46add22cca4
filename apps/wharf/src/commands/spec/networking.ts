import { InvalidArgumentError, type EndpointSpec, type NetworkingSpec } from '@wharf/core';
import { checkedAddress, parseMac, withoutBrackets } from './addresses.js';
import { parseEgress } from './egress.js';
import { linkLocal, parseNetwork, plainEndpoint } from './endpoint.js';
import { parseExpose } from './expose.js';
import type { SpecFlags } from './flags.js';
import { parseExtraHost, parseLink } from './hosts.js';
import { checkModeConflicts } from './mode-conflicts.js';
import { parsePublish } from './port.js';

export interface Networked {
  /** What namespaces.network shall be: the first network; '' is the daemon's default. */
  readonly mode: string;
  readonly networking: NetworkingSpec;
  readonly warnings: readonly string[];
}

/**
 * What the flags ask of networks. Flags such as --ip and --network-alias speak of the first one.
 * @throws InvalidArgumentError in docker's words for what contradicts itself
 */
export function networkingOf(flags: SpecFlags): Networked {
  const endpoints = endpointsOf(flags);
  const mode = endpoints[0]?.network ?? '';
  const ports = flags.publish.flatMap(parsePublish);
  const egress = parseEgress(flags.egress);
  const links = flags.link.map(parseLink);
  checkModeConflicts(mode, flags);
  const discarded = mode === 'host' && (ports.length > 0 || flags.publishAll);
  return {
    mode,
    networking: {
      endpoints: endpoints.some(asksMore) || endpoints.length > 1 ? endpoints : [],
      ports: discarded ? [] : ports,
      publishAll: flags.publishAll && !discarded,
      publishScope: flags.publishScope as NetworkingSpec['publishScope'],
      exposed: flags.expose.map(parseExpose),
      dns: {
        servers: flags.dns.map(withoutBrackets),
        search: flags.dnsSearch,
        options: [...flags.dnsOpt, ...flags.dnsOption],
      },
      extraHosts: flags.addHost.map(parseExtraHost),
      ...(links.length === 0 ? {} : { links }),
      ...(egress === undefined ? {} : { egress }),
    },
    warnings: discarded ? ['Published ports are discarded when using host network mode'] : [],
  };
}

function endpointsOf(flags: SpecFlags): EndpointSpec[] {
  const named = [...flags.net, ...flags.network].map(parseNetwork);
  if (named.some(({ network }) => network === '')) {
    throw new InvalidArgumentError('no name set for network');
  }
  const [first = plainEndpoint(''), ...more] = named;
  const endpoints = [withContainerFlags(first, flags), ...more];
  checkNames(endpoints);
  // The name by which docker means that nothing was said.
  return endpoints.map((one) => (one.network === 'default' ? { ...one, network: '' } : one));
}

function checkNames(endpoints: readonly EndpointSpec[]): void {
  const seen = new Set<string>();
  for (const { network, aliases } of endpoints) {
    if (seen.has(network)) {
      throw new InvalidArgumentError(
        `network ${JSON.stringify(network)} is specified multiple times`,
      );
    }
    seen.add(network);
    if (!isUserDefined(network) && aliases.length > 0) {
      throw new InvalidArgumentError(
        'network-scoped aliases are only supported for user-defined networks',
      );
    }
  }
  const userDefined = endpoints.filter(({ network }) => isUserDefined(network)).length;
  if (userDefined !== 0 && userDefined !== endpoints.length) {
    throw new InvalidArgumentError(
      'conflicting options: cannot attach both user-defined and non-user-defined network-modes',
    );
  }
  if (userDefined === 0 && endpoints.length > 1) {
    throw new InvalidArgumentError('conflicting options: a container has one network of its kind');
  }
}

function isUserDefined(network: string): boolean {
  return !['', 'default', 'bridge', 'host', 'none'].includes(network) && !isJoined(network);
}

function isJoined(network: string): boolean {
  return network.startsWith('container:');
}

/** --network-alias, --ip and so on are those of the first network. */
function withContainerFlags(endpoint: EndpointSpec, flags: SpecFlags): EndpointSpec {
  const aliases = [...flags.netAlias, ...flags.networkAlias];
  const { ip = '', ip6 = '', macAddress = '', linkLocalIp } = flags;
  refuseBoth(endpoint.aliases.length > 0 && aliases.length > 0, '--network-alias', 'alias');
  refuseBoth(endpoint.ipv4Address !== '' && ip !== '', '--ip', 'IPv4 address');
  refuseBoth(endpoint.ipv6Address !== '' && ip6 !== '', '--ip6', 'IPv6 address');
  refuseBoth(endpoint.macAddress !== '' && macAddress !== '', '--mac-address', 'MAC address');
  refuseBoth(
    endpoint.linkLocalAddresses.length > 0 && linkLocalIp.length > 0,
    '--link-local-ip',
    'link-local IP addresses',
  );
  return {
    ...endpoint,
    aliases: [...endpoint.aliases, ...aliases],
    ipv4Address: endpoint.ipv4Address || checkedAddress(ip, 4),
    ipv6Address: endpoint.ipv6Address || checkedAddress(withoutBrackets(ip6), 6),
    macAddress: endpoint.macAddress || parseMac(macAddress),
    linkLocalAddresses: [...endpoint.linkLocalAddresses, ...linkLocalIp.map(linkLocal)],
  };
}

function refuseBoth(both: boolean, flag: string, what: string): void {
  if (both) {
    throw new InvalidArgumentError(
      `conflicting options: cannot specify both ${flag} and per-network ${what}`,
    );
  }
}

/** Whether more is asked of a network than to be in it. */
function asksMore(endpoint: EndpointSpec): boolean {
  const { network: _, ...asked } = endpoint;
  const { network: __, ...plain } = plainEndpoint('');
  return JSON.stringify(asked) !== JSON.stringify(plain);
}
