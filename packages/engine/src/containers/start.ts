import { mkdir } from 'node:fs/promises';
import {
  FailedPreconditionError,
  isWharfError,
  toWharfError,
  type CallOptions,
  type ContainerId,
  type ContainerMount,
  type Ended,
  type ProcessIdentity,
} from '@wharf/core';
import type { OpenedSandbox } from '../networks/sandboxes.js';
import type { ContainerContext } from './dependencies.js';
import { logDriver } from './create.js';
import { taskHealth } from './healthcheck.js';
import { taskLog } from './log-config.js';
import { joinedNamespaces, networkOwner } from './namespaces.js';
import { cgroupPath, initialHealth } from './observe.js';
import type { Task, TaskSpec } from './ports.js';
import type { ContainerRecord } from './records.js';
import { releaseTask } from './release.js';
import { removeLocked } from './remove.js';
import { preparedMounts } from './prepared-mounts.js';
import { volumeSeeds } from './seeds.js';
import { releaseSharedMemory, sharedMemory } from './shared-memory.js';
import { buildTaskConfig } from './runtime-spec/build.js';
import { writeEtcFiles } from './etc-files.js';

/** Exit code of a container that could not be started for another reason than its command. */
const startFailedCode = 128;

/** Runs a created or exited container. The caller holds its lock. */
export async function startLocked(
  context: ContainerContext,
  id: ContainerId,
  { signal }: CallOptions,
): Promise<void> {
  const { records } = context;
  const record = records.get(id);
  const { state } = record;
  if (state.status === 'running' || state.status === 'restarting') return;
  if (state.status === 'paused') {
    throw new FailedPreconditionError('cannot start a paused container, try unpause instead');
  }
  if (state.status !== 'created' && state.status !== 'exited') {
    throw new FailedPreconditionError(
      `container ${record.name} is ${state.status} and cannot be started`,
    );
  }
  await releaseTask(context, id);
  const previous = state.status === 'exited' ? state : undefined;
  records.change(id, {
    desired: 'running',
    restartCount: 0,
    state: {
      status: 'starting',
      since: new Date(),
      ...(previous === undefined ? {} : { previous }),
    },
  });
  try {
    await bringUp(context, id, signal);
  } catch (error) {
    recordFailure(context, id, error);
    if (record.spec.autoRemove) {
      const limited = AbortSignal.timeout(60_000);
      await removeLocked(context, id, { force: true, volumes: true, signal: limited });
    }
    throw error;
  }
}

async function bringUp(
  context: ContainerContext,
  id: ContainerId,
  signal: AbortSignal,
): Promise<void> {
  const { taskPort, records } = context;
  const { bundle } = context.paths(id);
  // Who looks at the files of the stopped container has its root mounted.
  await using _ = await context.views.exclude(id, { signal });
  await using undo = new AsyncDisposableStack();
  undo.defer(() => releaseSharedMemory(context, records.get(id)));
  const sandbox = await openNetworks(context, id, undo, signal);
  const asked = records.get(id).resolved.mounts;
  undo.defer(() => context.volumes.unmount(id, asked, { signal: AbortSignal.timeout(60_000) }));
  const mounts = await context.volumes.mount(id, asked, { signal });
  const spec = await taskSpec(context, id, { sandbox, mounts }, signal);
  let shim: ProcessIdentity | undefined;
  undo.defer(() =>
    taskPort.cleanUp(id, {
      ...(shim === undefined ? {} : { shim }),
      bundle,
      cgroupPath: spec.cgroupPath,
      runtime: spec.runtime,
      signal: AbortSignal.timeout(60_000),
    }),
  );
  await mkdir(bundle, { recursive: true, mode: 0o700 });
  const task = await taskPort.spawn(id, bundle, { signal });
  shim = task.shim;
  undo.defer(() => removeQuietly(context, id, task));
  await sandbox?.ready;
  {
    await using __ = await context.volumes.fill(spec.seeds.length === 0 ? [] : mounts, { signal });
    await task.create(spec, { signal });
  }
  await context.pending.handOver(id, task, signal);
  const { process, startedAt } = await task.start({ signal });
  const health = initialHealth(records.get(id));
  records.change(id, {
    state: {
      status: 'running',
      process,
      shim,
      startedAt,
      ...(health === undefined ? {} : { health }),
    },
    events: [{ action: 'start' }],
  });
  // Who attached while the process was being started joins now.
  await context.pending.handOver(id, task, signal);
  undo.move();
  context.tasks.follow(id, task);
}

/** Interfaces and ports come while the shim is spawned; undefined for who has no network of its own. */
async function openNetworks(
  { networks, records }: ContainerContext,
  id: ContainerId,
  undo: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<OpenedSandbox | undefined> {
  if (!networks.manages(records.get(id).resolved.networkMode)) return undefined;
  const sandbox = await networks.open(id, { signal });
  // Without a shim nobody waits for it.
  const settled = sandbox.ready.catch(() => undefined);
  undo.defer(async () => {
    await settled;
    await networks.close(id, { signal: AbortSignal.timeout(60_000) });
  });
  return sandbox;
}

async function removeQuietly(
  context: ContainerContext,
  id: ContainerId,
  task: Task,
): Promise<void> {
  try {
    await task.remove({ signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    context.logger.warn('the shim of a failed start did not end by itself', {
      containerId: id,
      error,
    });
  } finally {
    task.disconnect();
  }
}

function recordFailure(context: ContainerContext, id: ContainerId, thrown: unknown): void {
  const error = toWharfError(thrown);
  const code = Number(error.facts['exitCode'] ?? startFailedCode);
  const ended: Ended = {
    exitCode: Number.isSafeInteger(code) ? code : startFailedCode,
    error: isWharfError(thrown) ? error.message : 'internal error',
    oomKilled: false,
    finishedAt: new Date(),
  };
  context.pending.refuse(id, error);
  if (context.records.find(id) !== undefined)
    context.records.change(id, { state: { status: 'exited', ...ended } });
}

/** What a start has made ready. */
interface Placed {
  readonly sandbox: OpenedSandbox | undefined;
  /** With their sources. */
  readonly mounts: readonly ContainerMount[];
}

async function taskSpec(
  context: ContainerContext,
  id: ContainerId,
  { sandbox, mounts }: Placed,
  signal: AbortSignal,
): Promise<TaskSpec> {
  const recorded = context.records.get(id);
  const record = { ...recorded, resolved: { ...recorded.resolved, mounts } };
  const { spec, resolved } = record;
  const paths = context.paths(id);
  const shm = await sharedMemory(context, record);
  const joined = {
    ...joinedNamespaces(context, record),
    ...(sandbox === undefined ? {} : { network: sandbox.path }),
    ...(shm === undefined ? {} : { shm }),
  };
  await writeEtcFiles(paths.etc, record, sandbox);
  const lower = await context.images.lowerDirectories(resolved.imageManifest);
  const cgroup = cgroupPath(context, id);
  const prepared = await preparedMounts(context, record);
  const built = await buildTaskConfig(
    context,
    {
      id,
      spec,
      resolved,
      rootfs: paths.rootfs,
      etc: context.paths(networkOwner(context, record).id).etc,
      cgroupPath: cgroup,
      joined,
      prepared: new Map(prepared.map(({ destination, target }) => [destination, target])),
      defaults: context.defaults,
    },
    { signal },
  );
  return {
    id,
    bundle: paths.bundle,
    ...built,
    rootfs: { lower, upper: paths.upper, work: paths.work },
    runtime: resolved.runtime,
    terminal: spec.terminal,
    openStdin: spec.openStdin,
    stdinOnce: spec.stdinOnce,
    log: taskLog(record, logDriver(spec, context), context.defaults),
    restart: spec.restart,
    restartCount: record.restartCount,
    health: taskHealth(resolved.healthcheck),
    stopSignal: resolved.stopSignal,
    stopTimeoutSeconds: spec.stopTimeoutSeconds ?? context.defaults.stopTimeoutSeconds,
    user: resolved.user,
    groupAdd: spec.groupAdd,
    // As docker fills them when a container is made: what was emptied since stays so.
    seeds: isFirstStart(record) ? volumeSeeds(resolved.mounts) : [],
    prepared,
    journalPath: paths.journal,
    cgroupPath: cgroup,
  };
}

function isFirstStart({ state }: ContainerRecord): boolean {
  return state.status === 'starting' && state.previous === undefined;
}
