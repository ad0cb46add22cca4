import { mkdir } from 'node:fs/promises';
import { UnavailableError, type Closable } from '@wharf/core';
import type { StepRunner } from '../../builds/step-runner.js';
import { adoptSteps } from './adopt.js';
import type { StepContext } from './context.js';
import { openStep } from './open.js';
import { runStep } from './run.js';

export type StepRunnerDependencies = StepContext;

/** Closing it cancels all steps and waits until nothing of them is left. */
export async function createStepRunner(
  context: StepRunnerDependencies,
): Promise<StepRunner & Closable> {
  await mkdir(context.root, { recursive: true, mode: 0o700 });
  const stop = new AbortController();
  const running = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    const settled = work.catch(() => undefined).finally(() => running.delete(settled));
    running.add(settled);
    return work;
  };
  const until = (signal: AbortSignal) => ({ signal: AbortSignal.any([signal, stop.signal]) });
  return {
    async run(request, { signal }) {
      const end = await track(runStep(context, request, until(signal)));
      void track(end.over).catch(() => undefined);
      return end;
    },
    async open(request, { signal }) {
      const { session, over } = await track(openStep(context, request, until(signal)));
      void track(over);
      return session;
    },
    adopt: (options) => adoptSteps(context, options),
    async close() {
      stop.abort(new UnavailableError('the daemon stops'));
      // One that has ended is released then.
      while (running.size > 0) await Promise.all(running);
    },
  };
}
