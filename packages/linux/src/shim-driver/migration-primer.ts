import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CgroupPlace } from '@wharf/linux/native';

export interface MigrationPrimerOptions {
  readonly version: CgroupPlace['version'];
  /** Where the hierarchies are mounted; /sys/fs/cgroup. */
  readonly root?: string;
  /** /proc/self/cgroup. */
  readonly membership?: string;
}

/**
 * Makes the next move of a process between control groups quick. The kernel's lock for such moves first waits for an
 * RCU grace period, 4 to 20 ms, unless one has just passed for another move (kernel/rcu/sync.c). The runtime meets
 * that wait late, when everybody waits for it. So the daemon moves itself to where it is, which changes nothing, while
 * the shim is still preparing: the wait is then over, or nearly, when the runtime comes. The result starts such a move
 * in the background; it does nothing while one is on its way, and its failure is of no consequence.
 */
export function createMigrationPrimer(options: MigrationPrimerOptions): () => void {
  const { version, root = '/sys/fs/cgroup', membership = '/proc/self/cgroup' } = options;
  let underWay = false;
  const move = async (): Promise<void> => {
    // Read each time: somebody may have moved the daemon for good.
    const group = ownGroup(await readFile(membership, 'utf8'), version);
    if (group === undefined) return;
    const members = join(root, group, 'cgroup.procs');
    // What is mounted there may begin elsewhere than our namespace does: then that is another group.
    if (!(await readFile(members, 'latin1')).split('\n').includes(`${process.pid}`)) return;
    await writeFile(members, `${process.pid}`, { flag: 'r+' });
  };
  return () => {
    if (underWay) return;
    underWay = true;
    move()
      .catch(() => undefined)
      .finally(() => (underWay = false));
  };
}

/** Relative to the root, hierarchy first on v1: the one of pids, whose moves cost nothing. cgroups(7). */
export function ownGroup(table: string, version: CgroupPlace['version']): string | undefined {
  const pattern = version === 2 ? /^0::(\/.*)$/m : /^\d+:pids:(\/.*)$/m;
  const path = pattern.exec(table)?.[1];
  // Outside our cgroup namespace: there is no such path.
  if (path === undefined || path.split('/').includes('..')) return undefined;
  return version === 2 ? path : join('pids', path);
}
