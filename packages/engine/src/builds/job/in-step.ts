import { toWharfError } from '@wharf/core';
import type { OpReport } from '../executor.js';
import type { Recorder } from '../records/recorder.js';

/** Work that is shown as a step, and is of no stage. */
export async function inStep<T>(
  recorder: Recorder,
  name: string,
  work: (report: OpReport, id: number) => Promise<T>,
  inputs: readonly number[] = [],
): Promise<T> {
  const id = recorder.add({ name, stage: '', platform: '', inputs });
  recorder.started(id);
  try {
    const result = await work(recorder.report(id), id);
    recorder.done(id, { cached: false });
    return result;
  } catch (error) {
    const { code, message } = toWharfError(error);
    if (code === 'cancelled') recorder.cancelled(id);
    else recorder.failed(id, message);
    throw error;
  }
}
