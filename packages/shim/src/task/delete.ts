import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { WharfError } from '@wharf/core';
import { killCgroup } from '@wharf/linux/native';
import { removeRuntimeState } from './sweep.js';
import { cancelRestart, killAll } from './stop.js';
import type { Task } from './task.js';

/**
 * Ends what is left: processes, runtime state, control groups, the configuration. Idempotent. The root's mount ends
 * with our namespace: unmounting an overlay here would wait until the kernel has written the whole file system
 * below it to disk.
 */
export async function deleteTask(task: Task): Promise<void> {
  task.stoppedByUser = true;
  task.interruptStart?.();
  await cancelRestart(task);
  await killAll(task);
  await cancelRestart(task);
  await task.lock.run(async () => {
    if (task.phase.kind === 'deleted') return;
    if (!(await killCgroup(task.place))) {
      throw new WharfError('unavailable', 'processes of the container do not die');
    }
    // After a run its end has done this already.
    if (task.phase.kind !== 'stopped') await removeRuntimeState(task);
    const { output, input } = task.streams;
    task.phase = { kind: 'deleted' };
    await Promise.all([output.finish(), input?.abandon()]);
    task.log.close();
    rmSync(join(task.host.configs, 'config.json'), { force: true });
  });
}
