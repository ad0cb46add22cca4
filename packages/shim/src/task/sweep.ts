import { isWharfError } from '@wharf/core';
import { removeCgroup } from '@wharf/linux/native';
import { callRuntime } from '../runtime/call.js';
import type { Task } from './task.js';

/** Nothing will come of the streams that clients wait on: they end, and new ones take their place. */
export async function endStreams(task: Task): Promise<void> {
  const { output, input } = task.streams;
  task.streams = task.newStreams();
  await Promise.all([output.finish(), input?.abandon()]);
}

/** `runtime delete --force` and whatever control groups it leaves. Failures do not matter: what is left is seen later. */
export async function removeRuntimeState(task: Task): Promise<void> {
  const call = { runtime: task.runtime, args: ['delete', '--force', task.spec.id] };
  await callRuntime(task.host, call).catch((error: unknown) => {
    if (!isWharfError(error)) throw error;
  });
  removeCgroup(task.place);
}
