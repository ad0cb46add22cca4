import { basename } from 'node:path';
import type { CallOptions } from '@wharf/core';
import type { InterfaceSpec, SandboxRoute } from '@wharf/engine/ports';
import { Space } from '../namespaces/space.js';
import { RTPROT_STATIC, RT_TABLE_MAIN } from '../netlink/constants.js';
import { deleteLink } from '../netlink/link.js';
import {
  addRoute,
  canonicalDestination,
  decodeRoute,
  deleteRoute,
  getRoutes,
  type RouteFields,
} from '../netlink/route.js';
import type { SandboxContext } from './context.js';
import { configure, indexesOf, resolveRoutes } from './configure.js';
import { placeInterfaces, withdraw } from './place-interfaces.js';

/** One more interface for a namespace in use; one that is there already stays. It is gone again when this throws. */
export async function addInterface(
  context: SandboxContext,
  path: string,
  change: { readonly spec: InterfaceSpec; readonly routes: readonly SandboxRoute[] },
  options: CallOptions,
): Promise<void> {
  const { spec, routes } = change;
  using space = await Space.open(context.native, path);
  await using undo = new AsyncDisposableStack();
  const known = space.firstLinks.some(({ name }) => name === spec.name);
  const missing = known ? [] : [{ spec, alias: spec.alias ?? basename(path) }];
  const placements = await placeInterfaces(context, space, missing, options);
  undo.defer(() => withdraw(space, placements));
  const wanted = resolveRoutes(routes, indexesOf(space, placements), [spec]);
  await configure(context, space, placements, wanted, options);
  undo.move();
  await dropOldRoutes(space, wanted, options);
}

/** Routes first, so that traffic leaves the interface before it goes. A missing one is fine. */
export async function removeSandboxInterface(
  context: SandboxContext,
  path: string,
  change: { readonly name: string; readonly routes: readonly SandboxRoute[] },
  options: CallOptions,
): Promise<void> {
  using space = await Space.open(context.native, path);
  const indexes = indexesOf(space, []);
  const wanted = resolveRoutes(change.routes, indexes);
  await space.channel.run(wanted.map(addRoute), options);
  await dropOldRoutes(space, wanted, options);
  const index = indexes.get(change.name);
  if (index === undefined) return;
  await space.channel.run([deleteLink({ index })], { ...options, tolerated: ['ENODEV'] });
}

/** Those that we made (RTPROT_STATIC in the main table) and that are not wanted any more. */
async function dropOldRoutes(
  space: Space,
  wanted: readonly RouteFields[],
  options: CallOptions,
): Promise<void> {
  const keys = new Set(wanted.map(keyOf));
  const messages = [
    ...(await space.channel.run([getRoutes('ipv4')], options)),
    ...(await space.channel.run([getRoutes('ipv6')], {
      ...options,
      tolerated: ['EAFNOSUPPORT', 'ENOTSUP'],
    })),
  ];
  const old = messages
    .map(decodeRoute)
    .filter((route) => route !== undefined)
    .filter((route) => route.protocol === RTPROT_STATIC && route.table === RT_TABLE_MAIN)
    .map(({ destination, via, index }) => ({ destination, via, index }))
    .filter((route) => !keys.has(keyOf(route)));
  await space.channel.run(old.map(deleteRoute), { ...options, tolerated: ['ESRCH', 'ENODEV'] });
}

function keyOf(route: RouteFields): string {
  return `${canonicalDestination(route)} ${route.via} ${route.index}`;
}
