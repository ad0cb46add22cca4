import { InternalError, type ContainerSpec, type NamespaceModes } from '@wharf/core';
import type { RuntimeMount } from '@wharf/oci';
import { joins } from './namespaces.js';
import type { JoinedNamespaces } from './task-config.js';
import { quoted } from './names.js';

const defaultShm = 64n * 1024n * 1024n;

/** Mounts that stay writable in a container with a read-only root. */
const alwaysWritable = new Set(['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue']);

/** What every container has below /proc, /dev and /sys. `modes.network` is the one in force. */
export function systemMounts(
  spec: ContainerSpec,
  modes: NamespaceModes,
  joined: JoinedNamespaces,
): readonly RuntimeMount[] {
  const { privileged } = spec.security;
  const access = privileged ? 'rw' : 'ro';
  const mounts: readonly (RuntimeMount | undefined)[] = [
    mount('/proc', 'proc', 'proc', ['nosuid', 'noexec', 'nodev']),
    mount('/dev', 'tmpfs', 'tmpfs', ['nosuid', 'noexec', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', 'devpts', [
      'nosuid',
      'noexec',
      'newinstance',
      'ptmxmode=0666',
      'mode=0620',
      'gid=5',
    ]),
    mount('/sys', 'sysfs', 'sysfs', ['nosuid', 'noexec', 'nodev', access]),
    mount('/sys/fs/cgroup', 'cgroup', 'cgroup', ['nosuid', 'noexec', 'nodev', access]),
    mount('/dev/mqueue', 'mqueue', 'mqueue', ['nosuid', 'noexec', 'nodev']),
    shm(spec.resources.shmSize, modes, joined),
  ];
  return mounts.filter((each) => each !== undefined);
}

/** With --read-only all but the devices' places is. */
export function lockDown(mounts: readonly RuntimeMount[]): readonly RuntimeMount[] {
  return mounts.map((each) => {
    const options = each.options ?? [];
    if (alwaysWritable.has(each.destination) || options.includes('ro')) return each;
    return { ...each, options: [...options.filter((option) => option !== 'rw'), 'ro'] };
  });
}

function shm(
  size: bigint,
  { ipc }: NamespaceModes,
  joined: JoinedNamespaces,
): RuntimeMount | undefined {
  if (ipc === 'none') return undefined;
  const bound = ['rbind', 'rprivate', 'nosuid', 'noexec', 'nodev'];
  if (ipc === 'host') return mount('/dev/shm', 'bind', '/dev/shm', bound);
  if (joined.shm !== undefined)
    return mount('/dev/shm', 'bind', sharedDirectory(joined.shm), bound);
  if (joins(ipc)) throw new InternalError('no shared memory was given to join');
  const bytes = size === 0n ? defaultShm : size;
  return mount('/dev/shm', 'tmpfs', 'shm', [
    'nosuid',
    'noexec',
    'nodev',
    'mode=1777',
    `size=${bytes}`,
  ]);
}

/**
 * A directory of the daemon's own. Never one in /proc/PID/root: the kernel binds no mount of another namespace, and a
 * link that the other container put there would be followed from our root.
 */
function sharedDirectory(path: string): string {
  if (path.startsWith('/proc/')) throw new InternalError('shared memory is taken from /proc');
  return path;
}

function mount(
  destination: string,
  type: string,
  source: string,
  options: readonly string[],
): RuntimeMount {
  return { destination, type, source, options };
}
