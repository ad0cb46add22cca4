import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';

/** Of the groups of shims, below the parent. */
export const shimsName = 'shims';

/**
 * Control groups for shims, so that whoever ends or limits the daemon's own (a service manager, on restart) does not
 * reach them: `<parent>/shims`, in each hierarchy in which the daemon is in a group at all, and in the manager's own.
 * The result are the files that a new shim joins; hierarchies that cannot be prepared are left out.
 */
export function prepareShimCgroups(parent: string, version: 1 | 2): readonly string[] {
  const table = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n');
  const joined = table
    .map((line) => hierarchyOf(line, version))
    .filter((path) => path !== undefined);
  return joined
    .map((hierarchy) => prepare(join(hierarchy, parent, shimsName)))
    .filter((path) => path !== undefined);
}

/** Where the hierarchy of a line of /proc/self/cgroup is mounted, if a shim is to leave the daemon's group there. */
export function hierarchyOf(line: string, version: 1 | 2): string | undefined {
  const [id = '', controllers = '', path = '/'] = line.split(':', 3);
  if (version === 2) return id === '0' ? root : undefined;
  // A group of cpuset takes nobody before its processors are chosen; limits of it do no harm.
  if (id === '0' || controllers === 'cpuset') return undefined;
  if (controllers === 'name=systemd') return join(root, 'systemd');
  return path === '/' ? undefined : join(root, controllers);
}

function prepare(directory: string): string | undefined {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
  } catch {
    return undefined;
  }
  const members = join(directory, 'cgroup.procs');
  return existsSync(members) ? members : undefined;
}
