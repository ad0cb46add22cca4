import { closeSync, mkdirSync, openSync, readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { MS_BIND, MS_SHARED, O_DIRECTORY, O_PATH, type Native } from '@wharf/linux/native';
import { errnoOf } from '../netlink/errors.js';

/** NSFS_MAGIC of statfs(2). */
const namespaceMagic = 0x6e736673;

/** Files onto which namespaces are bound, in a directory that passes new mounts on to mount namespaces below ours. */
export class Pins {
  readonly #native: Native;
  readonly #directory: string;
  #ready = false;

  constructor(native: Native, directory: string) {
    this.#native = native;
    this.#directory = directory;
  }

  /**
   * Who was started with a mount namespace of its own sees what is mounted later only if the directory is a shared mount
   * by then. It stays at the end, as the pins do: containers outlive the daemon.
   */
  ready(): void {
    if (this.#ready) return;
    mkdirSync(this.#directory, { recursive: true, mode: 0o711 });
    if (!isMountPoint(this.#directory)) {
      this.#native.mount(this.#directory, this.#directory, null, MS_BIND, null);
    }
    this.#native.mount(null, this.#directory, null, MS_SHARED, null);
    this.#ready = true;
  }

  /** The mount goes unless something is pinned below it. */
  release(): void {
    if (!this.#ready) return;
    this.#ready = false;
    try {
      this.#native.umount(this.#directory, 0);
    } catch (error) {
      if (!['EBUSY', 'EINVAL'].includes(errnoOf(error))) throw error;
    }
  }

  async pin(namespace: number, path: string): Promise<void> {
    this.ready();
    await this.#native.netnsPin(namespace, path);
  }

  async unpin(path: string): Promise<void> {
    await this.#native.netnsUnpin(path);
  }
}

/** Whether a namespace (of whatever kind) is bound there. */
export function isPinned(path: string): boolean {
  try {
    return statfsSync(path).type === namespaceMagic;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return false;
    throw error;
  }
}

/** A bind mount of a directory onto itself has its parent's device, but a mount id of its own, proc_pid_fdinfo(5). */
function isMountPoint(path: string): boolean {
  return mountIdOf(path) !== mountIdOf(dirname(path));
}

function mountIdOf(path: string): string {
  const fd = openSync(path, O_PATH | O_DIRECTORY);
  try {
    return /^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
  } finally {
    closeSync(fd);
  }
}
