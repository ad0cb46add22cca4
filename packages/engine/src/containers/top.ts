import { FailedPreconditionError, type CallOptions, type TopResult } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';

/** The processes of a running container as the host's ps(1) shows them. */
export async function topContainer(
  context: ContainerContext,
  ref: string,
  psArgs: readonly string[],
  { signal }: CallOptions,
): Promise<TopResult> {
  const { id, state, name } = context.records.lookup(ref);
  const task = context.tasks.running(id);
  if (state.status === 'restarting') {
    throw new FailedPreconditionError(
      `container ${name} is restarting, wait until the container is running`,
    );
  }
  const pids = await task.pids({ signal });
  const result = await context.host.processTable(pids, psArgs, { signal });
  context.records.publish(id, { action: 'top' });
  return result;
}
