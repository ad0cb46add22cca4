import type { Container } from '@wharf/core';
import type { ContainerRecord } from './records.js';

/** What callers see of a record. */
export function toContainer(record: ContainerRecord, execIds: readonly string[]): Container {
  const { id, name, createdAt, spec, resolved, state, restartCount } = record;
  return {
    id,
    name,
    createdAt,
    spec,
    resolved,
    state,
    restartCount,
    networks: [],
    ports: [],
    sandboxKey: '',
    execIds,
  };
}
