import { ResourceExhaustedError, type CallOptions } from '@wharf/core';
import type { NetworkContext } from './context.js';
import type { LiveEndpoint } from './gateway.js';
import { readOptions } from './options.js';
import { mtuOf, ownerOf } from './plan.js';
import { segmentName } from './segment-name.js';
import type { NetworkRecord, NetworkRecords } from './records.js';

/** Of the 1,023 ports that the kernel gives a bridge (BR_MAX_PORTS) those that are left are for other bridges. */
export const portsPerBridge = 1000;
const mostSegments = 23;

/** The first bridge of a network that has room. resource-exhausted when none has. */
export function chooseSegment(context: NetworkContext, network: NetworkRecord): number {
  const room = context.defaults.bridgePorts ?? portsPerBridge;
  const used = new Map<number, number>();
  for (const { endpoints, open } of context.records.sandboxes())
    for (const { networkId, lease } of open ? endpoints : [])
      if (networkId === network.id && lease !== undefined)
        used.set(lease.segment ?? 0, (used.get(lease.segment ?? 0) ?? 0) + 1);
  for (let segment = 0; segment <= mostSegments; segment++)
    if ((used.get(segment) ?? 0) < room) return segment;
  throw new ResourceExhaustedError(
    `network ${network.spec.name} is full: it has ${mostSegments + 1} bridges of ${room} ports each, of the 1023 that the kernel allows; use another network`,
    { facts: { network: network.id } },
  );
}

/** The bridges of a network beside its first that running containers are on. */
export function segmentsOf(records: NetworkRecords, { id }: NetworkRecord): readonly number[] {
  const used = records
    .sandboxes()
    .flatMap(({ endpoints, open }) =>
      open
        ? endpoints.flatMap(({ networkId, lease }) =>
            networkId === id && lease?.segment !== undefined ? [lease.segment] : [],
          )
        : [],
    );
  return [...new Set(used)].sort((a, b) => a - b);
}

/** Those bridges, each joined to the first by a pair of interfaces. Known ones are not looked at again. */
export async function ensureSegments(
  context: NetworkContext,
  network: NetworkRecord,
  segments: readonly number[],
  options: CallOptions,
): Promise<void> {
  const { mtu, icc } = readOptions(network.spec);
  const size = mtuOf(mtu, context.defaults.mtu);
  const owner = ownerOf(context.daemonId, network.id);
  for (const segment of segments) {
    const name = segmentName(network, segment);
    if (context.segments.has(name)) continue;
    await using _ = await context.locks.acquire('segments', options);
    if (context.segments.has(name)) continue;
    await context.ports.network.ensureSegment(
      {
        bridge: { name, mtu: size, addresses: [], isolated: !icc, owner, ipv6: false },
        first: network.bridgeName,
        ...joints(network, segment),
      },
      options,
    );
    context.segments.add(name);
  }
}

/** After the last container: whatever carries the network's mark goes. */
export async function removeSegments(
  context: NetworkContext,
  network: NetworkRecord,
  options: CallOptions,
): Promise<void> {
  const owner = ownerOf(context.daemonId, network.id);
  for (const { name, alias } of await context.ports.network.ownInterfaces(owner, options)) {
    context.segments.delete(name);
    if (alias === owner && name !== network.bridgeName)
      await context.ports.network.removeInterface(name, options);
  }
}

/** Whether an interface with the mark of a network belongs to one of its bridges in use. */
export function isOfSegment(
  records: NetworkRecords,
  network: NetworkRecord,
  name: string,
): boolean {
  return segmentsOf(records, network).some((segment) => {
    const { up, down } = joints(network, segment);
    return name === segmentName(network, segment) || name === up || name === down;
  });
}

/** The pair between the first bridge and another one. */
function joints(
  { id }: NetworkRecord,
  segment: number,
): { readonly up: string; readonly down: string } {
  const rest = `${segment}-${id.slice(0, 9)}`;
  return { up: `wu${rest}`, down: `wd${rest}` };
}

/** Those that some endpoints are on. */
export async function ensureSegmentsOf(
  context: NetworkContext,
  endpoints: readonly LiveEndpoint[],
  options: CallOptions,
): Promise<void> {
  for (const { network, lease } of endpoints)
    if (lease.segment !== undefined)
      await ensureSegments(context, network, [lease.segment], options);
}
