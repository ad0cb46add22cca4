import { randomInt } from 'node:crypto';
import {
  FailedPreconditionError,
  ResourceExhaustedError,
  type PortSpec,
  type PortProtocol,
} from '@wharf/core';
import type { NetworkContext } from './context.js';
import { gatewayEndpoint, gatewayMode, liveEndpoints, type LiveEndpoint } from './gateway.js';
import type { BoundPort, SandboxRecord } from './sandbox-record.js';

/** The kernel's own range for what asks for any port (ip_local_port_range, ip(7)). */
const firstRandom = 32_768;
const lastRandom = 60_999;

/** Finds a port of the host for each that the container publishes. The caller holds the lock on ports. */
export async function bindPorts(
  context: NetworkContext,
  sandbox: SandboxRecord,
): Promise<readonly BoundPort[]> {
  const endpoints = liveEndpoints(context.records, sandbox);
  const bound: BoundPort[] = [];
  for (const port of wantedPorts(sandbox)) {
    const addresses = hostAddresses(context, sandbox, endpoints, port);
    if (addresses.length === 0) continue;
    const hostPort = await choosePort(context, sandbox, bound, { port, addresses });
    for (const hostAddress of addresses) {
      bound.push({
        containerPort: port.containerPort,
        protocol: port.protocol,
        hostAddress,
        hostPort,
        lanOnly: port.hostAddress === '' && scopeOf(context, sandbox) === 'lan',
      });
    }
  }
  return bound;
}

/** -p, and with -P every exposed port that none of them names. */
export function wantedPorts({ networking, exposed }: SandboxRecord): readonly PortSpec[] {
  if (!networking.publishAll) return networking.ports;
  const named = new Set(networking.ports.map(portKey));
  const rest = exposed
    .filter((key) => !named.has(key))
    .map((key) => ({ ...readExposed(key), hostAddress: '', hostPort: 0, hostPortEnd: 0 }));
  return [...networking.ports, ...rest];
}

export function portKey({
  containerPort,
  protocol,
}: {
  readonly containerPort: number;
  readonly protocol: string;
}): string {
  return `${containerPort}/${protocol}`;
}

export function readExposed(key: string): {
  readonly containerPort: number;
  readonly protocol: PortProtocol;
} {
  const [port = '', protocol = 'tcp'] = key.split('/');
  return { containerPort: Number(port), protocol: protocol as PortProtocol };
}

function scopeOf({ defaults }: NetworkContext, { networking }: SandboxRecord) {
  const { publishScope } = networking;
  return publishScope === 'default' ? defaults.publishScope : publishScope;
}

/** Where a port is bound: what it names, else what scope, network and daemon say, for each family that the container has. */
function hostAddresses(
  context: NetworkContext,
  sandbox: SandboxRecord,
  endpoints: readonly LiveEndpoint[],
  port: PortSpec,
): readonly string[] {
  const ipv4 = translated(endpoints, 4);
  const ipv6 = translated(endpoints, 6);
  if (port.hostAddress !== '') {
    const family = port.hostAddress.includes(':') ? 6 : 4;
    if (gatewayEndpoint(endpoints, family) === undefined) return refuseFamily(port, family);
    return (family === 4 ? ipv4 : ipv6) === undefined ? [] : [port.hostAddress];
  }
  if (scopeOf(context, sandbox) === 'loopback') return ipv4 === undefined ? [] : ['127.0.0.1'];
  const { hostBinding } = (ipv4 ?? ipv6)?.options ?? { hostBinding: '' };
  const address = hostBinding === '' ? context.defaults.publishAddress : hostBinding;
  if (address !== '0.0.0.0' && address !== '') {
    const wanted = address.includes(':') ? ipv6 : ipv4;
    return wanted === undefined ? [] : [address];
  }
  return [...(ipv4 === undefined ? [] : ['0.0.0.0']), ...(ipv6 === undefined ? [] : ['::'])];
}

function translated(endpoints: readonly LiveEndpoint[], family: 4 | 6): LiveEndpoint | undefined {
  const live = gatewayEndpoint(endpoints, family);
  if (live === undefined || live.network.bridgeName === '') return undefined;
  return gatewayMode(live.options, family) === 'routed' ? undefined : live;
}

function refuseFamily(port: PortSpec, family: 4 | 6): readonly string[] {
  throw new FailedPreconditionError(
    `cannot publish port ${portKey(port)} on ${port.hostAddress}: the container has no network with IPv${family} that leads outside`,
  );
}

interface Wish {
  readonly port: PortSpec;
  readonly addresses: readonly string[];
}

async function choosePort(
  context: NetworkContext,
  sandbox: SandboxRecord,
  own: readonly BoundPort[],
  wish: Wish,
): Promise<number> {
  const { hostPort, hostPortEnd } = wish.port;
  if (hostPort !== 0 && hostPortEnd <= hostPort) {
    await refuseTaken(context, sandbox, own, wish, hostPort);
    return hostPort;
  }
  for (const candidate of candidates(hostPort, hostPortEnd)) {
    if (holderOf(context, sandbox, own, wish, candidate) !== undefined) continue;
    if (await isFree(context, wish, candidate)) return candidate;
  }
  throw new ResourceExhaustedError(
    hostPort === 0
      ? `all ports from ${firstRandom} to ${lastRandom} are allocated`
      : `all ports from ${hostPort} to ${hostPortEnd} are allocated: publish another range`,
  );
}

function* candidates(first: number, last: number): Generator<number> {
  if (first !== 0) {
    for (let port = first; port <= last; port++) yield port;
    return;
  }
  const count = lastRandom - firstRandom + 1;
  const start = randomInt(count);
  for (let i = 0; i < count; i++) yield firstRandom + ((start + i) % count);
}

async function refuseTaken(
  context: NetworkContext,
  sandbox: SandboxRecord,
  own: readonly BoundPort[],
  wish: Wish,
  hostPort: number,
): Promise<void> {
  const [address = ''] = wish.addresses;
  const where = `${address.includes(':') ? `[${address}]` : address}:${hostPort}`;
  const endpoint = sandbox.endpoints[0]?.endpointId ?? '';
  const failed = `driver failed programming external connectivity on endpoint ${sandbox.containerName} (${endpoint})`;
  const holder = holderOf(context, sandbox, own, wish, hostPort);
  if (holder !== undefined) {
    throw new FailedPreconditionError(
      `${failed}: Bind for ${where} failed: port is already allocated, by container ${holder.containerName}`,
      { facts: { port: String(hostPort), holder: holder.containerId } },
    );
  }
  if (await isFree(context, wish, hostPort)) return;
  throw new FailedPreconditionError(
    `${failed}: failed to bind host port ${where}/${wish.port.protocol}: address already in use by a process of the host`,
    { facts: { port: String(hostPort) } },
  );
}

/** Which container has the port, on an address that stands in the way. */
function holderOf(
  { records }: NetworkContext,
  sandbox: SandboxRecord,
  own: readonly BoundPort[],
  { port, addresses }: Wish,
  hostPort: number,
): SandboxRecord | undefined {
  const clashes = (other: BoundPort): boolean =>
    other.hostPort === hostPort &&
    other.protocol === port.protocol &&
    addresses.some((address) => collide(address, other.hostAddress));
  if (own.some(clashes)) return sandbox;
  return records
    .sandboxes()
    .find(
      (other) =>
        other.open && other.containerId !== sandbox.containerId && other.bound.some(clashes),
    );
}

function collide(a: string, b: string): boolean {
  if (a.includes(':') !== b.includes(':')) return false;
  return a === b || isAny(a) || isAny(b);
}

function isAny(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

async function isFree(
  { ports }: NetworkContext,
  { port, addresses }: Wish,
  hostPort: number,
): Promise<boolean> {
  for (const address of addresses)
    if (!(await ports.network.canBind(address, hostPort, port.protocol))) return false;
  return true;
}
