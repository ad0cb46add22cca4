import { FailedPreconditionError, type CallOptions } from '@wharf/core';
import type { InterfaceSpec } from '@wharf/engine/ports';
import { errnoOf } from '../netlink/errors.js';
import { firstRefusal } from '../netlink/channel.js';
import {
  changeLink,
  createIpvlan,
  createMacvlan,
  createVeth,
  deleteLink,
} from '../netlink/link.js';
import type { Request } from '../netlink/message.js';
import type { Placement, SandboxContext } from './context.js';

/**
 * Makes interfaces with their inner ends in the namespace, down; the host's ends are up, ports of their bridges. All in
 * one exchange when it goes well.
 */
export async function placeInterfaces(
  context: SandboxContext,
  namespace: number,
  placements: readonly Placement[],
  options: CallOptions,
): Promise<void> {
  const failed = await attempt(context, namespace, placements, options);
  if (failed === undefined) return;
  // The bridge was made again, or the host's end of a former start is still on its way out.
  for (const { spec } of placements) context.host.forget(spec.parent);
  if (errnoOf(failed.cause) === 'EEXIST') await dropStale(context, placements, options);
  const again = await attempt(context, namespace, placements, options);
  if (again !== undefined) throw again;
}

async function attempt(
  context: SandboxContext,
  namespace: number,
  placements: readonly Placement[],
  options: CallOptions,
): Promise<Error | undefined> {
  const requests: Request[] = [];
  for (const placement of placements) {
    const parent = await context.host.indexOf(placement.spec.parent, options);
    requests.push(...requestsOf(context, namespace, placement, parent));
  }
  const { refusals } = await context.host.ask(requests, options);
  const failure = firstRefusal(requests, refusals, []);
  if (failure === undefined) return undefined;
  // What was made goes again: an inner end takes its veth with it, and the name is free for another attempt.
  const made = placements.filter(
    ({ spec }, position) =>
      spec.kind === 'bridge' && !refusals.has(positionOf(context, placements, position)),
  );
  await context.host.run(
    made.map(({ spec }) => deleteLink({ name: spec.hostName })),
    { ...options, tolerated: ['ENODEV'] },
  );
  return failure;
}

/** Of the request that makes the interface. */
function positionOf(
  context: SandboxContext,
  placements: readonly Placement[],
  position: number,
): number {
  return placements
    .slice(0, position)
    .reduce((sum, placement) => sum + requestsOf(context, 0, placement, 0).length, 0);
}

function requestsOf(
  { ipv6 }: SandboxContext,
  namespace: number,
  { spec, index, alias }: Placement,
  parent: number,
): Request[] {
  const inner = { name: spec.name, index, namespace, mtu: spec.mtu };
  const mac = spec.macAddress === '' ? {} : { mac: spec.macAddress };
  switch (spec.kind) {
    case 'bridge':
      return vethRequests(spec, { inner: { ...inner, ...mac }, parent, alias, ipv6 });
    case 'macvlan':
      return [createMacvlan({ ...inner, ...mac, parent }, spec.mode)];
    case 'ipvlan':
      // It has the address of its parent.
      return [createIpvlan({ ...inner, parent }, spec.mode)];
  }
}

function vethRequests(
  { hostName, mtu, isolated }: InterfaceSpec,
  given: {
    inner: { name: string; index: number; namespace: number; mtu: number; mac?: string };
    parent: number;
    alias: string;
    ipv6: boolean;
  },
): Request[] {
  return [
    createVeth({ name: hostName, mtu, master: given.parent, peer: given.inner }),
    // Before it is up: its owner (R6), what it may talk to, and no link-local address.
    changeLink({
      name: hostName,
      alias: given.alias,
      isolated,
      ...(given.ipv6 ? { noLinkLocal: true } : {}),
    }),
    changeLink({ name: hostName, up: true }),
  ];
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
