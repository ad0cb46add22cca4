import type { CallOptions } from '@wharf/core';
import type { SandboxSpec } from '@wharf/engine/ports';
import { isPinned, type Pins } from '../namespaces/pins.js';
import type { SpacePool } from '../namespaces/pool.js';
import { Space } from '../namespaces/space.js';
import type { Placed, SandboxContext } from './context.js';
import { allowIpv6, configure, indexesOf, resolveRoutes } from './configure.js';
import { placeInterfaces, withdraw } from './place-interfaces.js';

export interface CreateContext extends SandboxContext {
  readonly pins: Pins;
  readonly pool: SpacePool;
}

/** What was made goes with its namespace when it throws. One that is pinned already gets what it lacks. */
export async function createSandbox(
  context: CreateContext,
  path: string,
  spec: SandboxSpec,
  options: CallOptions,
): Promise<void> {
  if (isPinned(path)) return complete(context, path, spec, options);
  await using undo = new AsyncDisposableStack();
  using space = await context.pool.take();
  undo.defer(() => context.pins.unpin(path));
  const pinning = context.pins.pin(space.fd, path);
  const placing = place(context, space, spec, options);
  await Promise.allSettled([pinning, placing]);
  await pinning;
  const placements = await placing;
  await allowIpv6(context, space, placements);
  const routes = resolveRoutes(spec.routes, indexesOf(space, placements), spec.interfaces);
  await configure(context, space, placements, routes, options);
  undo.move();
}

/** Those interfaces that are not there yet, in the order of the request. */
async function place(
  context: SandboxContext,
  space: Space,
  { containerId, interfaces }: SandboxSpec,
  options: CallOptions,
): Promise<readonly Placed[]> {
  const known = new Set(space.firstLinks.map(({ name }) => name));
  const missing = interfaces
    .filter(({ name }) => !known.has(name))
    .map((spec) => ({ spec, alias: spec.alias ?? containerId }));
  return placeInterfaces(context, space, missing, options);
}

async function complete(
  context: SandboxContext,
  path: string,
  spec: SandboxSpec,
  options: CallOptions,
): Promise<void> {
  using space = await Space.open(context.native, path);
  await using undo = new AsyncDisposableStack();
  const placements = await place(context, space, spec, options);
  undo.defer(() => withdraw(space, placements));
  const indexes = indexesOf(space, placements);
  const routes = resolveRoutes(spec.routes, indexes, spec.interfaces);
  await configure(context, space, placements, routes, options);
  undo.move();
}
