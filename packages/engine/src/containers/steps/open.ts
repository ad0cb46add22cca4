import { parseExecId, UnavailableError, type CallOptions, type ExecSession } from '@wharf/core';
import type { TaskStreams } from '../ports.js';
import type { StepContext } from './context.js';
import { exitOf } from './exit.js';
import { releaseQuietly, releaseStep } from './held.js';
import { prepareStep, type ReadyStep } from './prepare.js';
import type { StepShape } from './spec.js';

export interface OpenRequest extends StepShape {
  readonly rows: number;
  readonly columns: number;
}

/** An opened step, and when nothing of it is left. */
export interface OpenedStep {
  readonly session: ExecSession;
  readonly over: Promise<void>;
}

/** A terminal in the surroundings of a step. Its process ends with the session, and with `signal`. */
export async function openStep(
  context: StepContext,
  request: OpenRequest,
  { signal }: CallOptions,
): Promise<OpenedStep> {
  const step = await prepareStep(context, request, { terminal: true, signal });
  try {
    const { task } = step;
    const streams = await task.attach('', { stdin: true, stdout: true, stderr: true }, { signal });
    const { process } = await task.start({ signal });
    // One that has ended meanwhile has no size.
    await task.resize('', request.rows, request.columns, { signal }).catch(() => undefined);
    return sessionOf(context, step, { streams, pid: process.pid }, signal);
  } catch (error) {
    await releaseQuietly(context, step.held);
    throw error;
  }
}

interface Started {
  readonly streams: TaskStreams;
  readonly pid: number;
}

function sessionOf(
  context: StepContext,
  step: ReadyStep,
  { streams, pid }: Started,
  signal: AbortSignal,
): OpenedStep {
  const stop = new AbortController();
  const end = AbortSignal.any([signal, stop.signal]);
  const exited = exitOf(context, step, end);
  const exitCode = exited
    .then(async ({ exitCode: code }) => {
      await releaseStep(context, step.held);
      return code;
    })
    .catch(async (error: unknown) => {
      await releaseQuietly(context, step.held);
      throw error;
    });
  const over = exitCode.then(
    () => undefined,
    () => undefined,
  );
  end.addEventListener('abort', () => void streams.close(), { once: true });
  return {
    over,
    session: {
      id: parseExecId(step.held.id),
      pid,
      exitCode,
      output: streams.output,
      write: (data) => streams.write(data),
      closeStdin: () => streams.closeStdin(),
      close: async () => {
        stop.abort(new UnavailableError('the session was left'));
        await over;
      },
      resize: (rows, columns) => step.task.resize('', rows, columns, { signal: end }),
    },
  };
}
