import { FailedPreconditionError, isActive, type CallOptions, type ContainerId } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import { releaseTask } from './release.js';

export interface RemoveOptions extends CallOptions {
  readonly force: boolean;
  readonly volumes: boolean;
}

const killTimeoutMs = 30_000;
const sigkill = 9;

/** Removes what is left of a container, record last. The caller holds its lock. */
export async function removeLocked(
  context: ContainerContext,
  id: ContainerId,
  options: RemoveOptions,
): Promise<void> {
  const { records } = context;
  const { state, name } = records.get(id);
  if (isActive(state)) {
    if (!options.force) throw stillActive(name, state.status);
    // Nobody starts it while we hold its lock: a start that could not be undone. Its shim is ended with its files.
    if (state.status !== 'starting') await killForRemoval(context, id, options.signal);
  }
  intend(context, id);
  const removed = new FailedPreconditionError(`container ${name} was removed`);
  context.views.end(id, removed);
  await removeFiles(context, id, options.volumes);
  context.pending.refuse(id, removed);
  records.remove(id);
  context.networks.forget(id);
}

/** A container that goes with its end needs no further record: the next daemon removes it because it has ended. */
function intend({ records }: ContainerContext, id: ContainerId): void {
  const { state, spec } = records.get(id);
  if (state.status === 'removing') return;
  const previous = state.status === 'exited' || state.status === 'dead' ? state : undefined;
  const next = { status: 'removing', ...(previous === undefined ? {} : { previous }) } as const;
  if (spec.autoRemove && state.status === 'exited') records.pass(id, next);
  else records.change(id, { state: next });
}

/** Also finishes a removal that a crash of the daemon interrupted. */
export async function removeFiles(
  context: ContainerContext,
  id: ContainerId,
  volumes: boolean,
): Promise<void> {
  const { resolved } = context.records.get(id);
  const paths = context.paths(id);
  const signal = AbortSignal.timeout(120_000);
  await using _ = await context.views.exclude(id, { signal });
  await releaseTask(context, id);
  if (volumes) await context.volumes.removeAnonymous(id, resolved.mounts, { signal });
  await context.files.removeTree(paths.directory, { signal });
}

function stillActive(name: string, status: string): FailedPreconditionError {
  const what =
    status === 'paused'
      ? 'paused and must be unpaused first'
      : `${status}: stop the container before removing or force remove`;
  return new FailedPreconditionError(`cannot remove container "/${name}": container is ${what}`);
}

async function killForRemoval(
  context: ContainerContext,
  id: ContainerId,
  signal: AbortSignal,
): Promise<void> {
  const { records, tasks } = context;
  records.change(id, { desired: 'stopped' });
  const limited = AbortSignal.any([signal, AbortSignal.timeout(killTimeoutMs)]);
  const task = tasks.running(id);
  if (records.get(id).state.status === 'paused') await task.resume({ signal: limited });
  records.publish(id, { action: 'kill', attributes: { signal: String(sigkill) } });
  await task.kill(sigkill, { all: true, signal: limited });
  await records.until(() => {
    const found = records.find(id);
    return found === undefined || !isActive(found.state) ? true : undefined;
  }, limited);
}
