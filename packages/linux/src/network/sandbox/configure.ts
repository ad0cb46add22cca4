import { InvalidArgumentError, type CallOptions } from '@wharf/core';
import type { InterfaceSpec, SandboxRoute } from '@wharf/engine/ports';
import { writeSettings } from '../host/host-link.js';
import { missingSetting, settingPath } from '../host/setting.js';
import type { Space } from '../namespaces/space.js';
import { addAddress } from '../netlink/address.js';
import { changeLink } from '../netlink/link.js';
import type { Request } from '../netlink/message.js';
import { addRoute, type RouteFields } from '../netlink/route.js';
import type { Placed, SandboxContext } from './context.js';

/** Sysctls, then addresses, up, and routes in one exchange inside the namespace. */
export async function configure(
  { native }: SandboxContext,
  space: Space,
  placements: readonly Placed[],
  routes: readonly RouteFields[],
  options: CallOptions,
): Promise<void> {
  await writeSettings(native, space.fd, placements.flatMap(optionalSettings), [missingSetting]);
  await writeSettings(native, space.fd, placements.flatMap(givenSettings));
  await space.channel.run(
    [...placements.flatMap(interfaceRequests), ...routes.map(addRoute)],
    options,
  );
}

/**
 * For a namespace with IPv6 on some of its interfaces: programs that look at `all` find it on. Writing `all` writes every
 * interface, so that this is for interfaces that are down yet.
 */
export async function allowIpv6(
  { native }: SandboxContext,
  space: Space,
  placements: readonly Placed[],
): Promise<void> {
  if (!placements.some(({ spec }) => spec.ipv6)) return;
  const off = placements.filter(({ spec }) => !spec.ipv6).map(({ spec }) => spec.name);
  const settings = [
    ['net/ipv6/conf/all/disable_ipv6', '0'],
    ...['default', ...off].map((name) => [`net/ipv6/conf/${name}/disable_ipv6`, '1'] as const),
  ] as const;
  await writeSettings(native, space.fd, settings, [missingSetting]);
}

/** IPv6 is off until it is asked for; no router's word is taken either way (R12). */
function optionalSettings({ spec }: Placed): (readonly [string, string])[] {
  if (!spec.ipv6) return [];
  const path = `net/ipv6/conf/${spec.name}`;
  return [
    [`${path}/accept_ra`, '0'],
    [`${path}/accept_dad`, '0'],
    [`${path}/disable_ipv6`, '0'],
  ];
}

/** IFNAME in a key is the interface. */
function givenSettings({ spec }: Placed): (readonly [string, string])[] {
  return Object.entries(spec.sysctls).map(([key, value]) => {
    const dotted = key.includes('/') ? key : key.replaceAll('.', '/');
    return [settingPath(dotted.replace(/\/IFNAME\//, `/${spec.name}/`)), value] as const;
  });
}

function interfaceRequests({ spec, index }: Placed): Request[] {
  return [
    ...spec.addresses.map((address) => addAddress(index, address)),
    changeLink({ index, up: true }),
  ];
}

/** Of the links that a namespace began with and those that were placed into it, by name. */
export function indexesOf(
  { firstLinks }: Space,
  placements: readonly Placed[],
): ReadonlyMap<string, number> {
  return new Map([
    ...firstLinks.map(({ name, index }) => [name, index] as const),
    ...placements.map(({ spec, index }) => [spec.name, index] as const),
  ]);
}

/** By indexes of interfaces; invalid-argument for one that is not there. */
export function resolveRoutes(
  routes: readonly SandboxRoute[],
  indexes: ReadonlyMap<string, number>,
  interfaces: readonly InterfaceSpec[] = [],
): RouteFields[] {
  return routes.map((route) => {
    const index = indexes.get(route.interfaceName);
    if (index === undefined) {
      throw new InvalidArgumentError(
        `the route to ${route.destination} is for interface ${route.interfaceName}, which the container does not have`,
      );
    }
    return { ...route, index, ...familyHint(route, interfaces) };
  });
}

/** A default route on link says its family by nothing but the addresses of its interface. */
function familyHint(
  { interfaceName }: SandboxRoute,
  interfaces: readonly InterfaceSpec[],
): { family?: 'ipv6' } {
  const found = interfaces.find(({ name }) => name === interfaceName);
  if (found === undefined || found.addresses.length === 0) return {};
  return found.addresses.every((address) => address.includes(':')) ? { family: 'ipv6' } : {};
}
