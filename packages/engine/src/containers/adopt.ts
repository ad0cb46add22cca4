import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isActive, type ContainerId } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import type { AfterEnd } from './observe.js';
import { removeFiles } from './remove.js';
import { sweepContainers } from './sweep.js';
import { startLocked } from './start.js';
import type { TaskObserver } from './tasks.js';

/** What the start of the daemon found and did, one line each. */
export type Recovery = string[];

/** Who is told of what the shims report, and what follows an end. */
export interface Followers {
  readonly after: AfterEnd;
  readonly observer: TaskObserver;
}

/** A runtime that hangs holds up one container, not the daemon. */
const longestMs = 5000;

/**
 * Compares the records with what lives (R8): connects to shims, finishes what a crash left half done, brings back what
 * its policy asks for. One container in trouble does not stop the others. Shims that do not answer are tried on in the
 * background; nothing of theirs is touched.
 */
export async function adoptContainers(
  context: ContainerContext,
  followers: Followers,
  signal: AbortSignal,
): Promise<Recovery> {
  const recovery: Recovery = [];
  const swept = await sweepContainers(context, { signal });
  if (swept > 0) recovery.push(`${swept} interrupted creates were undone`);
  recovery.push(...(await adoptNetworks(context, signal)));
  for (const { id, name, why } of context.records.quarantined) {
    recovery.push(`container ${name} (${id.slice(0, 12)}) is quarantined: ${why}`);
  }
  await Promise.all(
    context.records.all().map(async ({ id, name }) => {
      const work = adopt(context, followers, id, signal).catch((error: unknown) => {
        context.logger.error('adopting a container failed', { containerId: id, error });
        return 'could not be adopted, see the log';
      });
      const late = sleep(longestMs, 'its recovery takes long and goes on', { ref: false });
      const done = await Promise.race([work, late]);
      if (done !== undefined) recovery.push(`container ${name}: ${done}`);
    }),
  );
  return recovery;
}

/** Before the containers: one that is brought back starts in networks that are there. */
function adoptNetworks(
  { networks, records }: ContainerContext,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const all = records.all();
  const active = new Set(all.filter(({ state }) => isActive(state)).map(({ id }) => id));
  const known = all.map(({ id, name, spec, resolved }) => ({
    id,
    name,
    spec,
    mode: resolved.networkMode,
    hostname: resolved.hostname,
    exposed: resolved.exposedPorts ?? [],
  }));
  return networks.adopt(known, active, { signal });
}

async function adopt(
  context: ContainerContext,
  followers: Followers,
  id: ContainerId,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { state } = context.records.get(id);
  if (state.status === 'removing') {
    await removeFiles(context, id, false);
    context.records.remove(id);
    return 'its interrupted removal was finished';
  }
  if (state.status === 'starting') return undoStart(context, id, signal);
  if (isActive(state)) return adoptActive(context, followers.observer, id, signal);
  if (state.status === 'exited') return finishEnd(context, followers.after, id);
  return undefined;
}

/** The end was recorded; what follows it may not have happened. */
async function finishEnd(
  context: ContainerContext,
  after: AfterEnd,
  id: ContainerId,
): Promise<string | undefined> {
  const { autoRemove } = context.records.get(id).spec;
  if (!autoRemove && !existsSync(context.paths(id).bundle)) return undefined;
  await after.finish(id);
  return autoRemove ? 'it had ended and was removed' : 'it had ended and was cleaned up after';
}

/** The daemon died between the intent and the record: whatever came of it is ended, as its caller was told of no success. */
async function undoStart(
  context: ContainerContext,
  id: ContainerId,
  signal: AbortSignal,
): Promise<string> {
  const { records, taskPort } = context;
  const { resolved, state, spec } = records.get(id);
  const found = await taskPort.connect(id, context.paths(id).bundle, undefined, { signal });
  if (
    found.kind === 'connected' &&
    found.state.process !== undefined &&
    found.state.startedAt !== undefined
  ) {
    records.change(id, {
      state: {
        status: 'running',
        process: found.state.process,
        shim: found.state.shim,
        startedAt: found.state.startedAt,
      },
      events: [{ action: 'start' }],
    });
    context.tasks.follow(id, found.task);
    return 'it was being started when the daemon ended, and runs';
  }
  if (found.kind === 'silent') {
    void undoLater(context, id, signal);
    return 'it was being started when the daemon ended, its shim does not answer; waiting for it';
  }
  if (found.kind === 'connected') {
    await found.task.remove({ signal });
    found.task.disconnect();
  }
  await taskPort.cleanUp(id, {
    bundle: context.paths(id).bundle,
    cgroupPath: `${context.defaults.cgroupParent}/${id}`,
    runtime: resolved.runtime,
    signal,
  });
  await context.networks.close(id, { signal });
  const previous = state.status === 'starting' ? state.previous : undefined;
  records.change(id, {
    state: previous === undefined ? { status: 'created' } : { status: 'exited', ...previous },
  });
  if (spec.restart.kind === 'always' || spec.restart.kind === 'unless-stopped')
    await bringBack(context, id, signal);
  return 'its interrupted start was undone';
}

const undoAgainMs = 5000;
const catchUpMs = 3000;

async function undoLater(
  context: ContainerContext,
  id: ContainerId,
  signal: AbortSignal,
): Promise<void> {
  try {
    await sleep(undoAgainMs, undefined, { signal, ref: false });
    const { records, logger } = context;
    if (records.find(id)?.state.status !== 'starting') return;
    logger.info('recovery', { containerId: id, what: await undoStart(context, id, signal) });
  } catch (error) {
    if (signal.aborted) return;
    context.logger.error('undoing an interrupted start failed', { containerId: id, error });
  }
}

async function adoptActive(
  context: ContainerContext,
  observer: TaskObserver,
  id: ContainerId,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { state } = context.records.get(id);
  const shim = 'shim' in state ? state.shim : undefined;
  const rebooted = shim !== undefined && shim.bootId !== context.host.facts.bootId;
  const found = rebooted
    ? ({ kind: 'gone' } as const)
    : await context.taskPort.connect(id, context.paths(id).bundle, shim, { signal });
  if (found.kind === 'connected') {
    context.tasks.follow(id, found.task);
    await untilCaughtUp(context, id, found.state.lastSequence);
    return undefined;
  }
  if (found.kind === 'silent') {
    void reconnectLater(context, observer, id);
    return 'its shim lives but does not answer; waiting for it';
  }
  await observer.onShimDead(id);
  return rebooted
    ? 'the host was restarted, it has ended'
    : 'its shim is gone, its end was recorded';
}

/** The first caller is not told what was true before the daemon died. A shim that is slow to tell is not waited for. */
async function untilCaughtUp(
  { records }: ContainerContext,
  id: ContainerId,
  sequence: bigint,
): Promise<void> {
  const caughtUp = (): true | undefined => {
    const record = records.find(id);
    return record === undefined || record.journalSequence >= sequence ? true : undefined;
  };
  await records.until(caughtUp, AbortSignal.timeout(catchUpMs)).catch(() => undefined);
}

async function reconnectLater(
  context: ContainerContext,
  observer: TaskObserver,
  id: ContainerId,
): Promise<void> {
  try {
    if ((await context.tasks.reconnect(id)) === 'gone') await observer.onShimDead(id);
  } catch (error) {
    context.logger.error('waiting for a silent shim failed', { containerId: id, error });
  }
}

async function bringBack(
  context: ContainerContext,
  id: ContainerId,
  signal: AbortSignal,
): Promise<void> {
  await using _ = await context.locks.acquire(id, { signal });
  await startLocked(context, id, { signal }).catch((error: unknown) => {
    context.logger.warn('a container could not be brought back', { containerId: id, error });
  });
}
