import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from './read.js';

export interface CgroupFacts {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  /** Version 1, with a version 2 hierarchy beside it. */
  readonly hybrid: boolean;
  readonly swapAccounting: boolean;
  readonly cpus: string;
  readonly mems: string;
}

const known = new Set(
  'cpu cpuacct cpuset memory devices freezer blkio io pids hugetlb perf_event net_cls net_prio rdma'.split(
    ' ',
  ),
);

/** What cgroups(7) there are, as mounted below `root` (/sys/fs/cgroup). */
export async function readCgroupFacts(root = '/sys/fs/cgroup'): Promise<CgroupFacts> {
  const unified = await readText(join(root, 'cgroup.controllers'));
  if (unified !== '' || (await exists(join(root, 'cgroup.controllers')))) {
    return {
      version: 2,
      controllers: unified.split(/\s+/).filter((name) => name !== ''),
      hybrid: false,
      swapAccounting: await hasSwapMax(root),
      cpus: (await readText(join(root, 'cpuset.cpus.effective'))).trim(),
      mems: (await readText(join(root, 'cpuset.mems.effective'))).trim(),
    };
  }
  return {
    version: 1,
    controllers: mountedControllers(await readText('/proc/self/mountinfo'), root),
    hybrid: await exists(join(root, 'unified/cgroup.controllers')),
    swapAccounting: await exists(join(root, 'memory/memory.memsw.limit_in_bytes')),
    cpus: (await readText(join(root, 'cpuset/cpuset.cpus'))).trim(),
    mems: (await readText(join(root, 'cpuset/cpuset.mems'))).trim(),
  };
}

/** Controllers of the version 1 hierarchies that proc(5) mountinfo shows below `root`. */
export function mountedControllers(mountinfo: string, root: string): readonly string[] {
  const found = new Set<string>();
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const target = before?.split(' ')[4] ?? '';
    const [type, , options] = after?.split(' ') ?? [];
    if (type !== 'cgroup' || !target.startsWith(`${root}/`)) continue;
    for (const name of options?.split(',') ?? []) if (known.has(name)) found.add(name);
  }
  return [...found];
}

/** The root group has no limits: the file is looked for one level down. */
async function hasSwapMax(root: string): Promise<boolean> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const directory = join(root, entry.name);
    if (await exists(join(directory, 'memory.max')))
      return exists(join(directory, 'memory.swap.max'));
  }
  return true;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
