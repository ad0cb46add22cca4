import { shortId } from '@wharf/core';
import type { NetworkContext } from './context.js';
import { needsResolver, ownServers } from './etc-content.js';
import { readFixed, splitEntry } from './egress-entry.js';
import { allowedBy, policyId, tableName } from './filter-records.js';
import { liveEndpoints } from './gateway.js';
import type { NameSandbox } from './ports.js';
import { policyNames } from './ruleset.js';
import type { EndpointRecord, SandboxRecord } from './sandbox-record.js';

/** Under which names the other containers of a network find it; none on the default one, as with docker. */
export function dnsNames(sandbox: SandboxRecord, endpoint: EndpointRecord): readonly string[] {
  if (endpoint.networkName === 'bridge' || sandbox.hidden === true) return [];
  const names = [
    sandbox.containerName,
    shortId(sandbox.containerId),
    ...endpoint.asked.aliases,
    sandbox.hostname,
  ];
  return [...new Set(names.filter((name) => name !== '').map((name) => name.toLowerCase()))];
}

/** What the resolver knows of a running container; undefined where it has none. */
export function nameSandbox(
  context: NetworkContext,
  sandbox: SandboxRecord,
  hostFile: string,
): NameSandbox | undefined {
  if (!sandbox.open) return undefined;
  const { hostNames = false } = context.defaults;
  const own = needsResolver(context, sandbox, hostFile);
  const endpoints = liveEndpoints(context.records, sandbox);
  if (!own && (!hostNames || endpoints.length === 0)) return undefined;
  const egress = egressOf(context, sandbox);
  return {
    containerId: sandbox.containerId,
    path: own ? `${context.namespaces}/${sandbox.containerId}` : '',
    networks: endpoints.map(({ network, endpoint, lease }) => ({
      networkId: network.id,
      internal: network.spec.internal,
      names: withNetwork(dnsNames(sandbox, endpoint), network.spec.name.toLowerCase()),
      ...(hostNames ? { hostNames: namesForHost(sandbox, endpoint) } : {}),
      addresses: [lease.ipv4Address, lease.ipv6Address].filter((address) => address !== ''),
    })),
    ...linksOf(context, sandbox),
    upstream: ownServers(context, sandbox),
    ...(egress === undefined ? {} : { egress }),
  };
}

/** NAME and NAME.NETWORK; a reverse look-up says the latter, as with docker. */
function withNetwork(names: readonly string[], network: string): readonly string[] {
  return [...names.map((name) => `${name}.${network}`), ...names];
}

function namesForHost(sandbox: SandboxRecord, endpoint: EndpointRecord): readonly string[] {
  if (sandbox.hidden === true) return [];
  const name = sandbox.containerName.toLowerCase();
  return [name, `${name}.${endpoint.networkName.toLowerCase()}`];
}

/** `--link`: the other's short id, which outlasts its name. */
function linksOf({ records }: NetworkContext, sandbox: SandboxRecord): Pick<NameSandbox, 'links'> {
  const { links = [] } = sandbox.networking;
  if (links.length === 0) return {};
  const others = records.sandboxes();
  return {
    links: links.map((link) => {
      const [container = '', alias = container] = link.split(':');
      const found =
        others.find(({ containerName }) => containerName === container) ??
        others.find(({ containerId }) => containerId.startsWith(container));
      const name = found === undefined ? container.toLowerCase() : shortId(found.containerId);
      return { alias: alias.toLowerCase(), name };
    }),
  };
}

function egressOf(context: NetworkContext, sandbox: SandboxRecord): NameSandbox['egress'] {
  const allowed = allowedBy(context.records, sandbox);
  if (allowed === undefined) return undefined;
  const { set4, set6, any4, any6 } = policyNames(policyId(sandbox));
  return {
    denied: true,
    names: allowed
      .filter((entry) => readFixed(entry) === undefined)
      .map(splitEntry)
      .map(({ host, port }) => ({ pattern: host, port })),
    table: tableName(context.daemonId),
    set4,
    set6,
    any4,
    any6,
  };
}
