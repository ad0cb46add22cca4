import { CancelledError, type CallOptions, type OutputChunk } from '@wharf/core';
import type { StepEnd, StepRequest } from '../../builds/step-runner.js';
import type { StepContext } from './context.js';
import { exitOf, type Exited } from './exit.js';
import { releaseQuietly, releaseStep } from './held.js';
import { prepareStep, type ReadyStep } from './prepare.js';

/** Runs the process of a step to its end. A command that cannot be executed throws with facts.exitCode 126 or 127. */
export async function runStep(
  context: StepContext,
  request: StepRequest,
  { signal }: CallOptions,
): Promise<StepEnd> {
  try {
    signal.throwIfAborted();
    const step = await prepareStep(context, request, { terminal: false, signal });
    const { exitCode, oomKilled } = await toItsEnd(context, step, request.onOutput, signal);
    const over = releaseStep(context, step.held);
    // Who made the call hears of it.
    over.catch(() => undefined);
    return { exitCode, oomKilled, stubs: step.stubs, over };
  } catch (error) {
    if (signal.aborted) throw new CancelledError(undefined, { cause: error });
    throw error;
  }
}

async function toItsEnd(
  context: StepContext,
  step: ReadyStep,
  onOutput: StepRequest['onOutput'],
  signal: AbortSignal,
): Promise<Exited> {
  try {
    return await follow(context, step, onOutput, signal);
  } catch (error) {
    await releaseQuietly(context, step.held);
    throw error;
  }
}

async function follow(
  context: StepContext,
  step: ReadyStep,
  onOutput: StepRequest['onOutput'],
  signal: AbortSignal,
): Promise<Exited> {
  const { task } = step;
  const streams = await task.attach('', { stdin: false, stdout: true, stderr: true }, { signal });
  const leave = () => void streams.close();
  signal.addEventListener('abort', leave, { once: true });
  try {
    const work = Promise.all([exitOf(context, step, signal), pass(streams.output, onOutput)]);
    // Heard of below; a start that fails comes first.
    work.catch(() => undefined);
    await task.start({ signal });
    const [exited] = await work;
    signal.throwIfAborted();
    return exited;
  } finally {
    signal.removeEventListener('abort', leave);
    leave();
  }
}

/** The memory of a chunk is given back at once: who is told may keep what he got. */
async function pass(
  output: AsyncIterable<OutputChunk>,
  onOutput: StepRequest['onOutput'],
): Promise<void> {
  for await (const { stream, data, release } of output) {
    const kept = release === undefined ? data : Buffer.from(data);
    release?.();
    onOutput({ stream, data: kept });
  }
}
