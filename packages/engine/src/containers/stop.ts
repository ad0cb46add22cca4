import { isActive, type CallOptions, type ContainerId, type StopOptions } from '@wharf/core';
import { parseSignal } from '@wharf/oci';
import type { ContainerContext } from './dependencies.js';

/** The stop signal, then SIGKILL after the grace period, which the shim keeps; resolves when the end is recorded. */
export async function stopContainer(
  context: ContainerContext,
  ref: string,
  options: StopOptions,
): Promise<ContainerId> {
  const { records, tasks } = context;
  const { id, state, resolved } = records.lookup(ref);
  const { signal, timeoutSeconds, stopSignal } = options;
  if (stopSignal !== undefined && stopSignal !== '') parseSignal(stopSignal);
  if (!isActive(state)) return id;
  const task = tasks.running(id);
  records.change(id, { desired: 'stopped' });
  const first = parseSignal(stopSignal || resolved.stopSignal);
  records.publish(id, { action: 'kill', attributes: { signal: String(first) } });
  await task.stop({
    signal,
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(stopSignal === undefined || stopSignal === '' ? {} : { stopSignal }),
  });
  await untilEnded(context, id, { signal });
  records.publish(id, { action: 'stop' });
  return id;
}

/** Resolves when the container is recorded as ended, or gone. */
export async function untilEnded(
  { records }: ContainerContext,
  id: ContainerId,
  { signal }: CallOptions,
): Promise<void> {
  await records.until(() => {
    const found = records.find(id);
    return found === undefined || !isActive(found.state) ? true : undefined;
  }, signal);
}
