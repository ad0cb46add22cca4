import { mkdir } from 'node:fs/promises';
import { parseContainerId } from '@wharf/core';
import { parseContainerPath } from '@wharf/oci';
import type { OpenedSandbox } from '../../networks/sandboxes.js';
import type { CreatedTask, EnsuredPath, Task, TaskSpec } from '../ports.js';
import { buildTaskConfig } from '../runtime-spec/build.js';
import { stepPaths, type StepContext } from './context.js';
import { stepEtcFiles, writeStepEtc } from './etc.js';
import { releaseQuietly, type Held } from './held.js';
import { writeIntent } from './intent.js';
import { ownSockets, stepMounts } from './mounts.js';
import { stepCgroup, stepSpec, type StepShape, type StepSpec } from './spec.js';

/** A step whose process can be started. */
export interface ReadyStep {
  readonly held: Held;
  readonly task: Task;
  /** See StepEnd. */
  readonly stubs: readonly string[];
}

/** Networks, root and mounts of a step. When it throws, nothing of it is left. */
export async function prepareStep(
  context: StepContext,
  request: StepShape,
  { terminal, signal }: { readonly terminal: boolean; readonly signal: AbortSignal },
): Promise<ReadyStep> {
  const { taskPort } = context;
  const id = parseContainerId(request.id);
  const asked = stepSpec(context, request, terminal);
  const paths = stepPaths(context.root, id);
  const intent = {
    cgroupPath: stepCgroup(context, request),
    runtime: asked.resolved.runtime,
  };
  const mounts = stepMounts(request.mounts, paths.bundle);
  const held: Held = {
    id,
    paths,
    intent,
    networked: false,
    settled: Promise.resolve(),
    spawned: false,
    task: undefined,
  };
  taskPort.startIsNear?.();
  await using undo = new AsyncDisposableStack();
  undo.defer(() => releaseQuietly(context, held));
  await writeIntent(paths, intent);
  const { step, sandbox } = await openNetworks(context, held, asked, signal);
  await Promise.all([writeStepEtc(paths.etc, step, sandbox), ownSockets(request.mounts)]);
  const spec = await taskSpec(context, held, { request, step, sandbox, mounts }, signal);
  await mkdir(paths.bundle, { mode: 0o700 });
  held.spawned = true;
  const task = await taskPort.spawn(id, paths.bundle, { signal });
  held.task = task;
  await Promise.all([sandbox?.ready, writeIntent(paths, { ...intent, shim: task.shim })]);
  const created = await task.create(spec, { signal });
  undo.move();
  const made = madeForMounts(spec.ensure, created, request.workdir);
  return { held, task, stubs: [...new Set([...mounts.runtimePlaces, ...made])] };
}

interface Networked {
  readonly step: StepSpec;
  readonly sandbox: OpenedSandbox | undefined;
}

/** As a container that others do not see. */
async function openNetworks(
  { networks }: StepContext,
  held: Held,
  { spec, resolved }: StepSpec,
  signal: AbortSignal,
): Promise<Networked> {
  const { id } = held;
  const { networkMode: mode, hostname } = resolved;
  if (!networks.manages(mode)) return { step: { spec, resolved }, sandbox: undefined };
  const name = `build step ${id.slice(0, 12)}`;
  const { networkMode } = networks.register({
    id,
    name,
    spec,
    mode,
    hostname,
    exposed: [],
    hidden: true,
  });
  held.networked = true;
  const step = { spec, resolved: { ...resolved, networkMode } };
  if (!networks.manages(networkMode)) return { step, sandbox: undefined };
  const sandbox = await networks.open(id, { signal });
  held.settled = sandbox.ready.catch(() => undefined);
  return { step, sandbox };
}

interface Parts extends Networked {
  readonly request: StepShape;
  readonly mounts: ReturnType<typeof stepMounts>;
}

async function taskSpec(
  context: StepContext,
  { id, paths, intent }: Held,
  { request, step, sandbox, mounts }: Parts,
  signal: AbortSignal,
): Promise<TaskSpec> {
  const { spec, resolved } = step;
  const built = await buildTaskConfig(
    context,
    {
      id,
      spec,
      resolved,
      rootfs: paths.rootfs,
      etc: paths.etc,
      etcFiles: stepEtcFiles,
      given: mounts.given,
      plainEnv: true,
      cgroupPath: intent.cgroupPath,
      joined: sandbox === undefined ? {} : { network: sandbox.path },
      defaults: context.defaults,
    },
    { signal },
  );
  return {
    id,
    bundle: paths.bundle,
    ...built,
    ensure: [...built.ensure, ...mounts.parents],
    rootfs: request.place,
    ...intent,
    ...unattended,
    terminal: spec.terminal,
    openStdin: spec.openStdin,
    user: resolved.user,
    prepared: mounts.prepared,
    journalPath: paths.journal,
  };
}

/** It runs once, who wants its output is there, and its layer is brought to the disk when it is kept. */
const unattended = {
  stdinOnce: false,
  log: { path: '', maxSize: 0, maxFiles: 1, compress: false, attributes: {} },
  restart: { kind: 'no', maximumRetryCount: 0 },
  restartCount: 0,
  health: {
    args: [],
    intervalNanos: 0n,
    timeoutNanos: 0n,
    startPeriodNanos: 0n,
    startIntervalNanos: 0n,
    retries: 0,
  },
  stopSignal: 'SIGKILL',
  stopTimeoutSeconds: 0,
  groupAdd: [],
  seeds: [],
  unsynced: true,
  configurationsInMemory: true,
} as const;

/** A working directory that was missing is a change of the step's, and comes first of all that is ensured. */
function madeForMounts(
  ensure: readonly EnsuredPath[],
  { made }: CreatedTask,
  workdir: string,
): readonly string[] {
  const directory = workdir === '' ? '/' : parseContainerPath(workdir);
  const first = directory !== '/' && ensure[0]?.path === directory ? 1 : 0;
  return made.filter(({ ensure: at }) => at >= first).map(({ path }) => path);
}
