import { rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeCommand } from '@wharf/api/shim';
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

/**
 * Removes what the runtime keeps about the container, and its control groups. Failures do not matter: what is left is
 * seen later. Without processes, and for a runtime that keeps nothing but known files, this needs no process of the
 * runtime, which would take 10 ms; else it is `runtime delete --force`.
 */
export async function removeRuntimeState(task: Task): Promise<void> {
  if (removeCgroup(task.place) && removeCrunState(task.runtime, task.spec.id)) return;
  const call = { runtime: task.runtime, args: ['delete', '--force', task.spec.id] };
  await callRuntime(task.host, call).catch((error: unknown) => {
    if (!isWharfError(error)) throw error;
  });
  removeCgroup(task.place);
}

/** All that crun keeps of a container, in the folder `<root>/<id>`. */
const crunFiles = ['status', 'config.json', 'seccomp.bpf', 'exec.fifo'];

/** False when it is another runtime, or has left anything else. */
export function removeCrunState({ kind, globalArgs }: RuntimeCommand, id: string): boolean {
  const root = globalArgs[globalArgs.indexOf('--root') + 1];
  if (kind !== 'crun' || !globalArgs.includes('--root') || root === undefined) return false;
  if (!/^[\w.-]+$/.test(id) || /^\.+$/.test(id)) return false;
  try {
    for (const name of crunFiles) rmSync(join(root, id, name), { force: true });
    rmdirSync(join(root, id));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
