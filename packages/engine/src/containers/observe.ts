import type { ContainerId, ContainerState, Ended, Health } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import type { JournalEntry } from './ports.js';
import { releaseSharedMemory } from './shared-memory.js';
import type { ContainerRecord, NewEventOf } from './records.js';
import type { TaskObserver } from './tasks.js';

const probesKept = 5;

/** Ends of tasks lead to work (clean-up, removal, restart) that belongs to other verbs. */
export interface AfterEnd {
  /** The task has ended for good and is recorded: release what it held. */
  finish(id: ContainerId): Promise<void>;
  /** The shim died and its container's end is recorded. */
  afterShimDeath(id: ContainerId): Promise<void>;
}

/** Brings what shims report into the records, each entry once and in order. */
export function createObserver(context: () => ContainerContext, after: AfterEnd): TaskObserver {
  return {
    async onEntry(id, entry) {
      const { records } = context();
      const record = records.find(id);
      if (record === undefined || entry.sequence <= record.journalSequence) return;
      if (entry.what.kind === 'exec-exited') endExec(context(), entry.what);
      const change = changeFor(record, entry);
      records.change(id, { journalSequence: entry.sequence, ...change });
      if (entry.what.kind === 'exited' && entry.what.restartDelayMs === undefined)
        await after.finish(id);
    },
    async onShimDead(id) {
      const { records, taskPort, paths } = context();
      const entries = await taskPort.readJournal(
        paths(id).journal,
        records.get(id).journalSequence,
      );
      for (const entry of entries) {
        const record = records.get(id);
        records.change(id, { journalSequence: entry.sequence, ...changeFor(record, entry) });
      }
      await cleanUpWithoutShim(context(), id);
      recordShimDeath(context(), id);
      await after.afterShimDeath(id);
    },
    onFault(id, error) {
      context().logger.error('following a container failed', { containerId: id, error });
    },
  };
}

function endExec(
  { execs }: ContainerContext,
  what: { readonly execId: string; readonly exitCode: number },
): void {
  execs.ended(what.execId, what.exitCode);
}

async function cleanUpWithoutShim(context: ContainerContext, id: ContainerId): Promise<void> {
  const record = context.records.get(id);
  await releaseSharedMemory(context, record);
  const { resolved } = record;
  await context.taskPort.cleanUp(id, {
    bundle: context.paths(id).bundle,
    cgroupPath: cgroupPath(context, id),
    runtime: resolved.runtime,
    signal: AbortSignal.timeout(60_000),
  });
  await context.networks.close(id, { signal: AbortSignal.timeout(60_000) });
}

export function cgroupPath(context: ContainerContext, id: ContainerId): string {
  return `${context.defaults.cgroupParent}/${id}`;
}

const killedCode = 137;

function recordShimDeath(context: ContainerContext, id: ContainerId): void {
  const { state } = context.records.get(id);
  if (state.status === 'exited' || state.status === 'created' || state.status === 'dead') return;
  const ended: Ended = {
    exitCode: killedCode,
    error: 'the shim of the container ended unexpectedly, its processes were killed',
    oomKilled: false,
    finishedAt: new Date(),
    ...('startedAt' in state && state.startedAt !== undefined
      ? { startedAt: state.startedAt }
      : {}),
  };
  context.records.change(id, {
    state: { status: 'exited', ...ended },
    events: [dieEvent(killedCode)],
  });
}

function dieEvent(exitCode: number): NewEventOf {
  return { action: 'die', attributes: { exitCode: String(exitCode) } };
}

type Moved = Parameters<ContainerContext['records']['change']>[1];

function changeFor(record: ContainerRecord, entry: JournalEntry): Moved {
  const { what } = entry;
  switch (what.kind) {
    case 'started':
      return started(record, entry.time, what);
    case 'exited':
      return exited(record, entry.time, what);
    case 'health':
      return healthChanged(record, what);
    case 'oom':
      return { events: [{ action: 'oom' }] };
    case 'exec-exited':
      return {
        events: [
          {
            action: 'exec_die',
            attributes: { execID: what.execId, exitCode: String(what.exitCode) },
          },
        ],
      };
  }
}

function started(
  record: ContainerRecord,
  time: Date,
  what: Extract<JournalEntry['what'], { kind: 'started' }>,
): Moved {
  const { state } = record;
  if (state.status === 'running' && state.process.pid === what.process.pid) return {};
  if (!('shim' in state)) return {};
  const health = initialHealth(record);
  return {
    state: {
      status: 'running',
      process: what.process,
      shim: state.shim,
      startedAt: time,
      ...(health === undefined ? {} : { health }),
    },
    restartCount: what.restartCount,
    events: [{ action: 'start' }],
  };
}

/** `starting` where there is something to probe. */
export function initialHealth(record: ContainerRecord): Health | undefined {
  const test = record.resolved.healthcheck?.test ?? [];
  if (test.length === 0 || test[0] === 'NONE') return undefined;
  return { status: 'starting', failingStreak: 0, log: [] };
}

function exited(
  record: ContainerRecord,
  time: Date,
  what: Extract<JournalEntry['what'], { kind: 'exited' }>,
): Moved {
  const { state } = record;
  const ended: Ended = {
    exitCode: what.exitCode,
    error: what.error,
    oomKilled: what.oomKilled,
    finishedAt: time,
    ...('startedAt' in state && state.startedAt !== undefined
      ? { startedAt: state.startedAt }
      : {}),
    ...('health' in state && state.health !== undefined ? { health: state.health } : {}),
  };
  const restarts = what.restartDelayMs !== undefined && 'shim' in state;
  const next: ContainerState = restarts
    ? { status: 'restarting', shim: state.shim, ...ended }
    : { status: 'exited', ...ended };
  // One that waited for its restart had died before.
  const events = state.status === 'restarting' ? [] : [dieEvent(what.exitCode)];
  return { state: next, events };
}

function healthChanged(
  record: ContainerRecord,
  what: Extract<JournalEntry['what'], { kind: 'health' }>,
): Moved {
  const { state } = record;
  if (state.status !== 'running' && state.status !== 'paused') return {};
  const { start, end, exitCode, output } = what;
  const log = [...(state.health?.log ?? []), { start, end, exitCode, output }].slice(-probesKept);
  const health: Health = { status: what.status, failingStreak: what.failingStreak, log };
  const changed = state.health?.status !== what.status;
  return {
    state: { ...state, health },
    events: changed ? [{ action: `health_status: ${what.status}` }] : [],
  };
}
