import { InvalidArgumentError, printable } from '@wharf/core';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_WRONLY,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  UTIME_OMIT,
} from './constants.js';
import type { Native } from './types.js';

const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
/** Links followed for one path, as in the kernel. */
const mostLinks = 40;

/**
 * Creates `path` inside `root` if it is missing: directories 0755, an empty file 0644, owned by root. Links inside
 * are followed as seen from inside; nothing outside the root is ever touched. Tells what it has made, parents first, as
 * absolute paths inside the root that have no links.
 * @throws invalid-argument when something that is no directory is in the way
 */
export function ensurePath(
  native: Native,
  root: string,
  wanted: { readonly path: string; readonly directory: boolean },
): readonly string[] {
  const rootFd = openDirectory(native, root);
  const walk = new Walk(native, rootFd);
  try {
    const parts = split(wanted.path);
    const last = parts.pop();
    if (last === undefined) return [];
    if (wanted.directory) native.close(walk.directory([...parts, last]));
    else walk.file(parts, last);
    return walk.made;
  } catch (cause) {
    if (cause instanceof InvalidArgumentError) throw cause;
    const code = (cause as { code?: unknown }).code;
    throw new InvalidArgumentError(
      `cannot create ${printable(wanted.path)} in the container's root: ${String(code)}`,
      { cause },
    );
  } finally {
    native.close(rootFd);
  }
}

/** An O_PATH descriptor of a directory of ours. */
export function openDirectory(native: Native, path: string): number {
  return native.openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

class Walk {
  readonly #native: Native;
  readonly #root: number;
  readonly made: string[] = [];
  #links = 0;

  constructor(native: Native, root: number) {
    this.#native = native;
    this.#root = root;
  }

  /** A descriptor of the directory, made with its parents if missing. */
  directory(parts: readonly string[]): number {
    const found = this.#open(parts);
    if (found !== undefined) return found;
    const name = parts.at(-1) ?? '.';
    const parents = parts.slice(0, -1);
    const parent = this.directory(parents);
    try {
      const target = this.#linkTarget(parent, name);
      if (target !== undefined) return this.directory(this.#follow(parents, target));
      this.#keepingTime(parent, () => this.#native.mkdirat(parent, name, 0o755));
      this.#tell(parent, name);
    } finally {
      this.#native.close(parent);
    }
    const made = this.#open(parts);
    if (made === undefined) throw Object.assign(new TypeError('vanished'), { code: 'ENOENT' });
    return made;
  }

  file(parents: readonly string[], name: string): void {
    const parent = this.directory(parents);
    try {
      const target = this.#linkTarget(parent, name);
      if (target !== undefined) {
        const parts = this.#follow(parents, target);
        const last = parts.pop();
        if (last !== undefined) this.file(parts, last);
        return;
      }
      const flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
      this.#keepingTime(parent, () =>
        this.#native.close(this.#native.openat2(parent, name, flags, 0o644, resolve)),
      );
      this.#tell(parent, name);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
    } finally {
      this.#native.close(parent);
    }
  }

  #tell(parent: number, name: string): void {
    const [root, directory] = [this.#root, parent].map((fd) => this.#pathOf(fd));
    if (root === undefined || directory === undefined) return;
    const inside = root === '/' ? directory : directory.slice(root.length);
    this.made.push(`${inside === '/' ? '' : inside}/${name}`);
  }

  /** Where the kernel sees it (proc_pid_fd(5)); undefined without /proc. */
  #pathOf(fd: number): string | undefined {
    return this.#linkTarget(AT_FDCWD, `/proc/self/fd/${fd}`);
  }

  /** A place to mount on is no change of the container: its directory looks as before. Kernels before 5.8 cannot say that. */
  #keepingTime(directory: number, make: () => void): void {
    const before = this.#native.statAt(directory, '');
    make();
    if (before === null) return;
    const mtime = { sec: BigInt(before.mtimeSec), nsec: before.mtimeNsec };
    try {
      this.#native.utimensat(directory, '', { sec: 0n, nsec: UTIME_OMIT }, mtime, AT_EMPTY_PATH);
    } catch {
      // Then it looks changed.
    }
  }

  #open(parts: readonly string[]): number | undefined {
    const path = parts.length === 0 ? '.' : parts.join('/');
    try {
      return this.#native.openat2(this.#root, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, resolve);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT' && parts.length > 0) return undefined;
      throw error;
    }
  }

  #linkTarget(parent: number, name: string): string | undefined {
    try {
      return Buffer.from(this.#native.readlinkat(parent, name)).toString();
    } catch {
      return undefined;
    }
  }

  /** The path that a link in `parents` means, seen from the root. `..` is left to the kernel, which stops it at the root. */
  #follow(parents: readonly string[], target: string): string[] {
    this.#links++;
    if (this.#links > mostLinks) {
      throw Object.assign(new TypeError('too many links'), { code: 'ELOOP' });
    }
    return target.startsWith('/') ? split(target) : [...parents, ...split(target)];
  }
}
