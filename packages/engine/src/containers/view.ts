import type { Container } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import type { ContainerRecord } from './records.js';
import { buildMasks } from './runtime-spec/masks.js';

/** What callers see of a record. */
export function toContainer(context: ContainerContext, record: ContainerRecord): Container {
  const { id, name, createdAt, spec, resolved, state, restartCount } = record;
  const { endpoints, ports, sandboxKey } = context.networks.describe(id);
  return {
    id,
    name,
    createdAt,
    spec,
    resolved,
    state,
    restartCount,
    networks: endpoints,
    ports,
    sandboxKey,
    ...buildMasks(spec.security, context.host.facts),
    execIds: context.execs.idsOf(id),
  };
}
