import { readFileSync } from 'node:fs';
import { FailedPreconditionError, type CallOptions } from '@wharf/core';
import { firstRefusal } from '../netlink/channel.js';
import {
  changeLink,
  createIpvlan,
  createMacvlan,
  createVeth,
  decodeLink,
  deleteLink,
  getLinks,
  type LinkFields,
} from '../netlink/link.js';
import type { Message, Request } from '../netlink/message.js';
import type { Space } from '../namespaces/space.js';
import type { Placed, Placement, SandboxContext } from './context.js';

const cleanUpMs = 10_000;
/** Away from the indexes that the kernel gives by itself. */
const firstOwnIndex = 100;

/**
 * Makes interfaces with their inner ends in the namespace, down; the host's ends are up, ports of their bridges. All in
 * one exchange when it goes well; all of it is gone when it throws.
 */
export async function placeInterfaces(
  context: SandboxContext,
  space: Space,
  placements: readonly Placement[],
  options: CallOptions,
): Promise<readonly Placed[]> {
  const first = await attempt(context, space, placements, options);
  if (!(first instanceof Error)) return first;
  // The bridge was made again, or the host's end of a former start is still on its way out.
  for (const { spec } of placements) context.host.forget(spec.parent);
  await dropStale(context, placements, options);
  const second = await attempt(context, space, placements, options);
  if (second instanceof Error) throw second;
  return second;
}

/** Takes back what was placed into a namespace that stays. */
export async function withdraw(space: Space, placed: readonly Placed[]): Promise<void> {
  await space.channel.run(
    placed.map(({ index }) => deleteLink({ index })),
    { signal: AbortSignal.timeout(cleanUpMs), tolerated: ['ENODEV'] },
  );
}

/** What one placement asks of the host. The first request makes it, the last one may ask for it. */
interface Step {
  readonly placement: Placement;
  readonly requests: readonly Request[];
  /** In the namespace, where that is ours to choose. */
  readonly index: number;
}

/** The first refusal, after what was made is gone again. */
async function attempt(
  context: SandboxContext,
  space: Space,
  placements: readonly Placement[],
  options: CallOptions,
): Promise<readonly Placed[] | Error> {
  const steps: Step[] = [];
  const free = Math.max(firstOwnIndex, ...space.firstLinks.map((link) => link.index + 1));
  for (const [position, placement] of placements.entries()) {
    const parent = await context.host.indexOf(placement.spec.parent, options);
    const place = { namespace: space.fd, index: free + position, parent };
    steps.push({
      placement,
      requests: requestsOf(placement, place, context.ipv6),
      index: place.index,
    });
  }
  const requests = steps.flatMap((step) => step.requests);
  const { refusals, messages } = await context.host.ask(requests, options);
  const failure = firstRefusal(requests, refusals, []);
  if (failure === undefined) return placed(steps, messages);
  await undo(context, space, steps, refusals);
  return failure;
}

function placed(steps: readonly Step[], messages: readonly Message[]): readonly Placed[] {
  const links = messages.map(decodeLink);
  return steps.map(({ placement, index }) => {
    const { spec } = placement;
    if (spec.kind !== 'bridge') return { ...placement, index };
    const end = links.find((link) => link?.name === spec.hostName);
    return { ...placement, index: end?.peer ?? 0 };
  });
}

async function undo(
  { host }: SandboxContext,
  space: Space,
  steps: readonly Step[],
  refusals: ReadonlyMap<number, Error>,
): Promise<void> {
  const made = steps.filter((_, position) => {
    const first = steps.slice(0, position).reduce((sum, step) => sum + step.requests.length, 0);
    return !refusals.has(first);
  });
  const [pairs, others] = [true, false].map((pair) =>
    made.filter(({ placement }) => (placement.spec.kind === 'bridge') === pair),
  );
  const options = { signal: AbortSignal.timeout(cleanUpMs), tolerated: ['ENODEV'] };
  await host.run(
    (pairs ?? []).map(({ placement }) => deleteLink({ name: placement.spec.hostName })),
    options,
  );
  await space.channel.run(
    (others ?? []).map(({ index }) => deleteLink({ index })),
    options,
  );
}

interface Place {
  /** Descriptor of the namespace. */
  readonly namespace: number;
  readonly index: number;
  /** Index of the bridge or of the interface to ride on. */
  readonly parent: number;
}

function requestsOf(placement: Placement, place: Place, ipv6: boolean): Request[] {
  const { spec } = placement;
  const { namespace, index, parent } = place;
  const inner = { name: spec.name, namespace, mtu: spec.mtu };
  const mac = spec.macAddress === '' ? {} : { mac: spec.macAddress };
  switch (spec.kind) {
    case 'bridge':
      return vethRequests(placement, { ...inner, ...mac }, parent, ipv6);
    case 'macvlan':
      return [createMacvlan({ ...inner, ...mac, index, parent }, spec.mode)];
    case 'ipvlan':
      // It has the address of its parent.
      return [createIpvlan({ ...inner, index, parent }, spec.mode)];
  }
}

function vethRequests(
  { spec: { hostName, mtu, isolated }, alias }: Placement,
  peer: LinkFields,
  master: number,
  ipv6: boolean,
): Request[] {
  return [
    createVeth({ name: hostName, mtu, master, peer }),
    // Before it is up: its owner (R6), what it may talk to, and no link-local address.
    changeLink({
      name: hostName,
      alias,
      isolated,
      hairpin: bridgesAreFiltered(),
      ...(ipv6 ? { noLinkLocal: true } : {}),
    }),
    changeLink({ name: hostName, up: true }),
    getLinks(hostName),
  ];
}

/**
 * Where br_netfilter hands what crosses a bridge to the packet filter, a container that asks for its own published port
 * is answered at the bridge, without the host's routing in between: its port must take back what it sent.
 */
function bridgesAreFiltered(): boolean {
  try {
    return readFileSync('/proc/sys/net/bridge/bridge-nf-call-iptables', 'latin1').startsWith('1');
  } catch {
    return false;
  }
}

/** A pair of a former start whose namespace the kernel has not taken down yet: some 30 ms. */
async function dropStale(
  { host }: SandboxContext,
  placements: readonly Placement[],
  options: CallOptions,
): Promise<void> {
  for (const { spec, alias } of placements) {
    if (spec.kind !== 'bridge') continue;
    const found = await host.find(spec.hostName, options);
    if (found === undefined) continue;
    if (found.kind !== 'veth' || (found.alias !== alias && found.alias !== '')) {
      throw new FailedPreconditionError(
        `interface ${spec.hostName} is somebody else's (${found.alias || found.kind}): remove or rename it`,
      );
    }
    await host.run([deleteLink({ name: spec.hostName })], { ...options, tolerated: ['ENODEV'] });
  }
}
