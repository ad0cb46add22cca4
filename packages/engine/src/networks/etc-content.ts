import { readAddress } from './address.js';
import type { NetworkContext } from './context.js';
import { allowedBy } from './filter-records.js';
import { gatewayOf, liveEndpoints } from './gateway.js';
import type { SandboxRecord } from './sandbox-record.js';

/** Where the resolver of a container listens, in its own namespace. */
export const resolverAddress = '127.0.0.11';

const standardHosts = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::\tip6-localnet',
  'ff00::\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

/** /etc/hosts of a container with networks of ours; hosts(5). */
export function hostsContent(context: NetworkContext, sandbox: SandboxRecord): string {
  const { hostname, domainname } = sandbox;
  const names = domainname === '' ? hostname : `${hostname}.${domainname} ${hostname}`;
  const own = liveEndpoints(context.records, sandbox).flatMap(({ lease }) =>
    [lease.ipv4Address, lease.ipv6Address].filter((address) => address !== ''),
  );
  const extra = sandbox.networking.extraHosts.flatMap((line) => extraHost(context, line));
  return [...standardHosts, ...extra, ...own.map((address) => `${address}\t${names}`), ''].join(
    '\n',
  );
}

/** NAME:ADDRESS or NAME=ADDRESS, with host-gateway for the host as containers reach it. */
export function extraHost(context: NetworkContext, line: string): readonly string[] {
  const { name, address } = readExtraHost(line);
  const addresses = address === 'host-gateway' ? hostGateways(context) : [address];
  return addresses.map((each) => `${each}\t${name}`);
}

export function readExtraHost(line: string): { readonly name: string; readonly address: string } {
  const at = line.search(/[:=]/);
  const address = line.slice(at + 1);
  const bare = address.startsWith('[') && address.endsWith(']') ? address.slice(1, -1) : address;
  return { name: line.slice(0, Math.max(0, at)), address: bare };
}

function hostGateways({ defaults, records }: NetworkContext): readonly string[] {
  if (defaults.hostGateway !== '') return defaults.hostGateway.split(',');
  const bridge = records.find('bridge');
  if (bridge === undefined) return [];
  return [gatewayOf(bridge, 4), gatewayOf(bridge, 6)].filter((address) => address !== '');
}

/** Whether the container has a resolver of its own: on user networks, where egress is limited, and where the host's servers are its loopback. */
export function needsResolver(
  context: NetworkContext,
  sandbox: SandboxRecord,
  hostFile: string,
): boolean {
  if (!sandbox.endpoints.some(({ lease }) => lease !== undefined)) return false;
  const named = sandbox.endpoints.some(({ networkName }) => networkName !== 'bridge');
  if (named || allowedBy(context.records, sandbox) !== undefined) return true;
  const servers = ownServers(context, sandbox);
  return servers.length === 0 && usableServers(hostFile).length === 0;
}

export function ownServers(context: NetworkContext, sandbox: SandboxRecord): readonly string[] {
  const { servers } = sandbox.networking.dns;
  const network = sandbox.endpoints.flatMap(
    ({ networkId }) => context.records.byId(networkId)?.dns ?? [],
  );
  const asked = [...servers, ...network];
  return asked.length > 0 ? [...new Set(asked)] : context.defaults.dns;
}

/** resolv.conf(5) of a container. */
export function resolvConfContent(
  context: NetworkContext,
  sandbox: SandboxRecord,
  hostFile: string,
): string {
  const { dns } = sandbox.networking;
  const resolver = needsResolver(context, sandbox, hostFile);
  const own = ownServers(context, sandbox);
  const servers = resolver ? [resolverAddress] : own.length > 0 ? own : usableServers(hostFile);
  const search = firstFilled(dns.search, context.defaults.dnsSearch, words(hostFile, 'search'));
  const options = firstFilled(dns.options, context.defaults.dnsOptions, words(hostFile, 'options'));
  const ndots = options.some((option) => option.startsWith('ndots:'));
  const all = resolver && !ndots ? [...options, 'ndots:0'] : options;
  const wanted = search.filter((domain) => domain !== '.');
  return [
    ...servers.map((server) => `nameserver ${server}`),
    ...(wanted.length === 0 ? [] : [`search ${wanted.join(' ')}`]),
    ...(all.length === 0 ? [] : [`options ${all.join(' ')}`]),
    '',
  ].join('\n');
}

/** Those of the host that a container can reach: not its loopback, and of addresses alone. */
export function usableServers(hostFile: string): readonly string[] {
  return words(hostFile, 'nameserver').filter((server) => {
    const address = readAddress(server);
    if (address === undefined) return false;
    return address.family === 4 ? address.value >> 24n !== 127n : address.value !== 1n;
  });
}

function firstFilled(...lists: readonly (readonly string[])[]): readonly string[] {
  return lists.find((list) => list.length > 0) ?? [];
}

function words(file: string, keyword: string): readonly string[] {
  const lines = file.split('\n').map((line) => line.trim().split(/\s+/));
  const matching = lines.filter(([first]) => first === keyword).map(([, ...rest]) => rest);
  if (keyword === 'nameserver') return matching.map(([server]) => server ?? '');
  return matching.at(-1) ?? [];
}
