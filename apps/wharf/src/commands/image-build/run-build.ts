import {
  DataLossError,
  FailedPreconditionError,
  type Builds,
  type BuildOptions,
  type BuildResult,
  type BuildSpec,
  type BuildWarning,
} from '@wharf/core';
import type { OutputReceiver } from './receive-outputs.js';
import type { ShowFrame } from './local-step.js';

/** How a build ended well. */
export interface BuildEnd {
  readonly result: BuildResult;
  readonly warnings: readonly BuildWarning[];
  /** What --verify found; absent when it was not asked for. */
  readonly differences?: readonly string[];
}

export interface RunOptions extends BuildOptions {
  readonly show: ShowFrame;
  readonly receiver: OutputReceiver;
  /** Told the id as soon as there is one. */
  readonly started: (buildId: string) => void;
}

/** Builds, and hands out what comes of it. @throws what the build fails with; data-loss when it ends without a result */
export async function runBuild(
  builds: Builds,
  spec: BuildSpec,
  { show, receiver, started, ...options }: RunOptions,
): Promise<BuildEnd> {
  const warnings: BuildWarning[] = [];
  let result: BuildResult | undefined;
  let differences: readonly string[] | undefined;
  try {
    for await (const frame of builds.build(spec, options)) {
      show(frame);
      if (frame.kind === 'started') started(frame.buildId);
      else if (frame.kind === 'warning') warnings.push(frame.warning);
      else if (frame.kind === 'output') await receiver.take(frame.index, frame.data, frame.last);
      else if (frame.kind === 'verified') differences = frame.same ? [] : frame.differences;
      else if (frame.kind === 'done') result = frame.result;
    }
    if (result === undefined) {
      throw new DataLossError('the build ended without a result, try it again');
    }
    await receiver.finish();
  } catch (thrown) {
    await receiver.abandon(thrown);
    throw thrown;
  }
  if (spec.verify && differences === undefined) {
    throw new FailedPreconditionError('the daemon did not verify the build: use a newer daemon');
  }
  return { result, warnings, ...(differences === undefined ? {} : { differences }) };
}
