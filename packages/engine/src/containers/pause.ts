import { FailedPreconditionError, type CallOptions, type ContainerId } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';

/** Freezes all processes of a running container. */
export async function pauseContainer(
  context: ContainerContext,
  ref: string,
  { signal }: CallOptions,
): Promise<ContainerId> {
  const { records, tasks, locks } = context;
  const { id, name } = records.lookup(ref);
  await using _ = await locks.acquire(id, { signal });
  const task = tasks.running(id);
  const { state } = records.get(id);
  if (state.status === 'paused')
    throw new FailedPreconditionError(`container ${name} is already paused`);
  if (state.status !== 'running')
    throw new FailedPreconditionError(`container ${name} is not running`);
  await task.pause({ signal });
  records.change(id, { state: { ...state, status: 'paused' }, events: [{ action: 'pause' }] });
  return id;
}

export async function unpauseContainer(
  context: ContainerContext,
  ref: string,
  { signal }: CallOptions,
): Promise<ContainerId> {
  const { records, tasks, locks } = context;
  const { id, name } = records.lookup(ref);
  await using _ = await locks.acquire(id, { signal });
  const { state } = records.get(id);
  if (state.status !== 'paused')
    throw new FailedPreconditionError(`container ${name} is not paused`);
  await tasks.running(id).resume({ signal });
  records.change(id, { state: { ...state, status: 'running' }, events: [{ action: 'unpause' }] });
  return id;
}
