import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunOp } from '@wharf/dockerfile';
import { chainIds } from '@wharf/oci';
import { hashBytes } from '../../layers/layers.js';
import type { FailedStep, OpContext, OpExecutor, OpResult } from '../executor.js';
import type { LayerPlace } from '../ports.js';
import type { StepEnd, StepRequest } from '../step-runner.js';
import type { OpDependencies } from './dependencies.js';
import { fullFileSystem } from '../room.js';
import { finishLayer, layersOf, preparePlace } from './layer.js';
import { isWhole } from './results.js';
import { stepFailure } from './run/failure.js';
import { watchForeign, type ForeignWatch } from './run/foreign.js';
import { runInputs } from './run/inputs.js';
import { makeSurroundings } from './run/mounts.js';
import { checkEntitlements, networkOf } from './run/network.js';

/** The same for all builds, as programs write it into what they make. */
const usualHostname = 'buildkitsandbox';

/** RUN: a process in the sandbox of a container; what it leaves in its root is a layer. */
export function runExecutor(deps: OpDependencies): OpExecutor<RunOp> {
  return {
    inputs: (op, context) => runInputs(deps, op, context),
    execute: (op, context) => run(deps, op, context),
    isHere: (result, context) => isWhole(deps, result, context),
    reads: ({ mounts }) =>
      mounts.flatMap((mount) =>
        mount.type === 'bind' && mount.input !== undefined ? [mount.input] : [],
      ),
  };
}

async function run(deps: OpDependencies, op: RunOp, context: OpContext): Promise<OpResult> {
  checkEntitlements(op, context.spec);
  const base = await layersOf(deps, context.result(op.base), context);
  await using undo = new AsyncDisposableStack();
  const scratch = undo.use(await deps.scratch());
  const place = await preparePlace(deps, scratch.path, { base });
  const foreign = watchForeign(op.platform);
  const step: Step = { op, place, context };
  const end = await runStep(deps, step, foreign);
  undo.defer(() => end.over.catch(() => undefined));
  if (end.exitCode === 0) return await finishLayer(deps, place, { base, ...end }, context);
  await end.over;
  const full = await fullFileSystem(scratch.path);
  context.keepFailed?.(failedStep(deps, step, undo.move()));
  throw stepFailure(op.args, end, { foreign: foreign.hint(), full });
}

interface Step {
  readonly op: RunOp;
  readonly place: LayerPlace;
  readonly context: OpContext;
}

/** What was prepared goes when the step is over. */
async function runStep(deps: OpDependencies, step: Step, foreign: ForeignWatch): Promise<StepEnd> {
  const { signal, report } = step.context;
  await using undo = new AsyncDisposableStack();
  const prepared = undo.use(await prepare(deps, step));
  const end = await deps.steps.run(
    {
      ...prepared.request,
      onOutput({ stream, data, release }) {
        foreign.see(data);
        report.log(stream, release === undefined ? data : Uint8Array.from(data));
        release?.();
      },
    },
    { signal },
  );
  const rest = undo.move();
  const over = end.over.finally(() => rest.disposeAsync());
  over.catch(() => undefined);
  return { ...end, over };
}

interface Prepared extends AsyncDisposable {
  readonly request: Omit<StepRequest, 'onOutput'>;
}

/** What the process of a step needs, until it is disposed of. */
async function prepare(deps: OpDependencies, { op, place, context }: Step): Promise<Prepared> {
  const { spec } = context;
  await using undo = new AsyncDisposableStack();
  const scratch = undo.use(await deps.scratch());
  const { mounts, env } = await makeSurroundings(deps, op, scratch.path, undo, context);
  const request = {
    id: newId(),
    place,
    args: op.args,
    env: [...op.proxyEnv, ...op.env, ...env],
    workdir: op.workdir,
    user: op.user,
    hostname: context.hostname ?? usualHostname,
    mounts,
    network: networkOf(op, spec),
    insecure: op.security === 'insecure',
    devices: op.devices,
    resources: spec.resources,
  };
  const rest = undo.move();
  return { request, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

function newId(): string {
  return randomBytes(32).toString('hex');
}

/** The files of a step that failed, until it is disposed of; its mounts are made anew for each who looks, and nobody waits for them. */
function failedStep(
  deps: OpDependencies,
  { op, place, context }: Step,
  undo: AsyncDisposableStack,
): FailedStep {
  const layers = op.inputs.flatMap((id) => {
    const result = context.result(id);
    return result.kind === 'layers' ? chainIds(result.diffIds, hashBytes) : [];
  });
  return {
    layers,
    async open({ args, rows, columns }, { signal }) {
      await using opening = new AsyncDisposableStack();
      // overlayfs refuses one that a volatile mount has had.
      const work = join(opening.use(await deps.scratch()).path, 'work');
      await mkdir(work, { mode: 0o700 });
      const step = { op, place: { ...place, work }, context: { ...context, signal } };
      const { request } = opening.use(await prepare(deps, step));
      const session = await deps.steps.open({ ...request, args, rows, columns }, { signal });
      const rest = opening.move();
      const end = (): Promise<void> => rest.disposeAsync().catch(() => undefined);
      void session.exitCode.then(end, end);
      return session;
    },
    [Symbol.asyncDispose]: () => undo.disposeAsync(),
  };
}
