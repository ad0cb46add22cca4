import { rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownedCgroups } from './cgroups.js';
import { sweepNetwork } from './network.js';
import { ownedProcesses } from './processes.js';
import type { LeakScope } from './scope.js';

/** After a test that failed half way: ends the scope's processes and takes its cgroups and bridge away. */
export async function sweep(scope: LeakScope): Promise<void> {
  // On cgroup v1 a frozen process does not die of SIGKILL.
  for (const cgroup of await ownedCgroups(scope)) {
    await writeFile(join(cgroup, 'freezer.state'), 'THAWED', { flag: 'r+' }).catch(() => undefined);
  }
  for (let round = 0; round < 20; round += 1) {
    const processes = await ownedProcesses(scope);
    if (processes.length === 0) break;
    for (const { pid } of processes) kill(pid);
    await sleep(50);
  }
  for (const cgroup of (await ownedCgroups(scope)).reverse()) {
    await rmdir(cgroup).catch(() => undefined);
  }
  await sweepNetwork(scope);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}
