import type { CallOptions, ContainerId } from '@wharf/core';
import { parseSignal } from '@wharf/oci';
import type { ContainerContext } from './dependencies.js';
import { untilEnded } from './stop.js';

const sigkill = 9;
const sigterm = 15;

/** Sends a signal to the first process. One that means "end" also ends the restart policy, as Docker has it. */
export async function killContainer(
  context: ContainerContext,
  ref: string,
  name: string,
  { signal }: CallOptions,
): Promise<ContainerId> {
  const { records, tasks } = context;
  const { id, resolved } = records.lookup(ref);
  const number = parseSignal(name === '' ? 'SIGKILL' : name);
  const task = tasks.running(id);
  const ends =
    number === sigkill || number === sigterm || number === parseSignal(resolved.stopSignal);
  if (ends) records.change(id, { desired: 'stopped' });
  await task.kill(number, { signal });
  records.publish(id, { action: 'kill', attributes: { signal: String(number) } });
  if (number === sigkill) await untilEnded(context, id, { signal });
  return id;
}
