import type { Container } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import type { ContainerRecord } from './records.js';

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
    execIds: context.execs.idsOf(id),
  };
}
