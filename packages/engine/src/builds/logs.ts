import type { BuildFrame, CallOptions } from '@wharf/core';
import type { BuildsContext } from './context.js';
import { logPath, readLog } from './records/log-file.js';

/** Steps, then what they have written in the order of its time, then how they ended. */
export async function* buildLogs(
  { records, running, root }: BuildsContext,
  ref: string,
  options: CallOptions,
): AsyncGenerator<BuildFrame, void, undefined> {
  const record = records.get(ref);
  const steps = running.get(record.id)?.steps(false) ?? record.steps;
  for (const { state: _, cacheKey: __, ...step } of steps) yield { kind: 'step', step };
  yield* readLog(logPath(root, record.id), options);
  for (const { id, state } of steps) yield { kind: 'state', stepId: id, state };
}
