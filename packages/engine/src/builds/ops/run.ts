import { randomBytes } from 'node:crypto';
import type { RunOp } from '@wharf/dockerfile';
import type { FailedStep, OpContext, OpExecutor, OpResult } from '../executor.js';
import type { StepRequest } from '../step-runner.js';
import type { OpDependencies } from './dependencies.js';
import { finishLayer, layersOf, preparePlace } from './layer.js';
import { isWhole } from './results.js';
import { stepFailure } from './run/failure.js';
import { runInputs } from './run/inputs.js';
import { makeSurroundings } from './run/mounts.js';
import { checkEntitlements, networkOf } from './run/network.js';

/** The same for all, as programs write it into what they make. */
const hostname = 'buildkitsandbox';

/** RUN: a process in the sandbox of a container; what it leaves in its root is a layer. */
export function runExecutor(deps: OpDependencies): OpExecutor<RunOp> {
  return {
    inputs: (op, context) => runInputs(deps, op, context),
    execute: (op, context) => run(deps, op, context),
    isHere: (result, context) => isWhole(deps, result, context),
  };
}

async function run(deps: OpDependencies, op: RunOp, context: OpContext): Promise<OpResult> {
  checkEntitlements(op, context.spec);
  const { signal, report } = context;
  const base = await layersOf(deps, context.result(op.base), context);
  await using undo = new AsyncDisposableStack();
  const scratch = undo.use(await deps.scratch());
  const place = await preparePlace(deps, scratch.path, { base });
  const request = await requestOf(deps, op, { place, directory: scratch.path, undo, context });
  const end = await deps.steps.run(
    {
      ...request,
      onOutput({ stream, data, release }) {
        report.log(stream, release === undefined ? data : Uint8Array.from(data));
        release?.();
      },
    },
    { signal },
  );
  if (end.exitCode === 0)
    return await finishLayer(deps, place, { base, stubs: end.stubs }, context);
  context.keepFailed?.(failedStep(deps, request, undo.move()));
  throw stepFailure(op.args, end);
}

type Request = Omit<StepRequest, 'onOutput'>;

interface Surroundings {
  readonly place: StepRequest['place'];
  readonly directory: string;
  readonly undo: AsyncDisposableStack;
  readonly context: OpContext;
}

async function requestOf(
  deps: OpDependencies,
  op: RunOp,
  { place, directory, undo, context }: Surroundings,
): Promise<Request> {
  const { spec } = context;
  const { mounts, env } = await makeSurroundings(deps, op, directory, undo, context);
  return {
    id: newId(),
    place,
    args: op.args,
    env: [...op.proxyEnv, ...op.env, ...env],
    workdir: op.workdir,
    user: op.user,
    hostname,
    mounts,
    network: networkOf(op, spec),
    insecure: op.security === 'insecure',
    devices: op.devices,
    resources: spec.resources,
  };
}

function newId(): string {
  return randomBytes(32).toString('hex');
}

/** What is left of a step that failed, until it is disposed of. */
function failedStep(
  deps: OpDependencies,
  request: Request,
  undo: AsyncDisposableStack,
): FailedStep {
  return {
    open: ({ args, rows, columns }, options) =>
      deps.steps.open({ ...request, id: newId(), args, rows, columns }, options),
    [Symbol.asyncDispose]: () => undo.disposeAsync(),
  };
}
