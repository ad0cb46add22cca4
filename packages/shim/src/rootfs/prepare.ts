import { chmodSync, chownSync, closeSync, fstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MemoryFile, PreparedMount } from '@wharf/api/shim';
import { FailedPreconditionError, InvalidArgumentError, printable } from '@wharf/core';
import {
  AT_FDCWD,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOSUID,
  MS_PRIVATE,
  O_CLOEXEC,
  O_PATH,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  layerOptions,
  type Native,
} from '@wharf/linux/native';
import { mountMemory } from './memory.js';
import { chownTree } from './chown.js';
import { parseIdmap } from './idmap.js';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Mounts a part of a volume, an image or a bind with mapped owners, or a file in memory, at a place of the bundle, where
 * the runtime binds it from; tells whether that is a directory. What is found beneath a source is held by descriptor from then on: who swaps a link meanwhile changes nothing.
 */
export function prepareMount(native: Native, wanted: PreparedMount, user: Owner): boolean {
  const found = openBeneath(native, sourceOf(native, wanted), wanted.subpath);
  try {
    if (wanted.chown) chownTree(native, found, user);
    return place(native, found, wanted);
  } finally {
    closeSync(found);
  }
}

function sourceOf(native: Native, wanted: PreparedMount): string {
  const { memory, lower, target, source } = wanted;
  if (memory !== undefined) return memoryFile(native, target, memory);
  return lower.length > 0 ? mountImage(native, wanted) : source;
}

function mountImage(native: Native, { lower, target, upper, work }: PreparedMount): string {
  const whole = `${target}.image`;
  mkdirSync(whole, { recursive: true, mode: 0o700 });
  const attributes = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID;
  // What is written there is thrown away.
  const writable = upper === '' ? {} : { upper, work, options: layerOptions };
  native.overlayMount({ lower, target: whole, attributes, ...writable });
  return whole;
}

function memoryFile(native: Native, target: string, file: MemoryFile): string {
  const directory = `${target}.memory`;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const size = file.content.length + 64 * 1024;
  mountMemory(native, directory, `size=${size},mode=700,nr_inodes=8`);
  const path = join(directory, 'file');
  writeFileSync(path, file.content, { mode: 0o600, flag: 'wx' });
  chownSync(path, file.uid, file.gid);
  chmodSync(path, file.mode & 0o7777);
  return path;
}

/** An O_PATH descriptor of the source, or of what is beneath it; no link on the way is followed. */
export function openBeneath(native: Native, source: string, subpath: string): number {
  const root = native.openat2(AT_FDCWD, source, O_PATH | O_CLOEXEC, 0, 0);
  if (subpath === '') return root;
  const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  try {
    return native.openat2(root, subpath, O_PATH | O_CLOEXEC, 0, resolve);
  } catch (cause) {
    throw refusal(source, subpath, cause);
  } finally {
    closeSync(root);
  }
}

function refusal(source: string, subpath: string, cause: unknown): Error {
  const path = `${source}/${printable(subpath)}`;
  const { code } = cause as { code?: unknown };
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FailedPreconditionError(
      `cannot access path ${path}: no such file or directory, make it first`,
      { cause },
    );
  }
  const why = code === 'ELOOP' || code === 'EXDEV' ? 'it leads through a link' : String(code);
  return new InvalidArgumentError(`cannot access path ${path}: ${why}`, { cause });
}

function place(
  native: Native,
  found: number,
  { source, subpath, target, recursive, idmap }: PreparedMount,
): boolean {
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const directory = fstatSync(found).isDirectory();
  if (directory) mkdirSync(target, { recursive: true, mode: 0o700 });
  else writeFileSync(target, '', { mode: 0o600 });
  const tree = native.openTree(`/proc/self/fd/${found}`, recursive);
  try {
    native.mountSetattr(tree, recursive, 0, 0, MS_PRIVATE);
    if (idmap !== '') mapOwners(native, tree, { idmap, recursive });
    const at = native.openat2(AT_FDCWD, target, O_PATH | O_CLOEXEC, 0, 0);
    try {
      native.moveMount(tree, at);
    } catch (cause) {
      // A directory that was removed since it was found has no place among mounts.
      if ((cause as { code?: unknown }).code !== 'ENOENT') throw cause;
      throw new FailedPreconditionError(
        `cannot mount ${source}/${printable(subpath)}: somebody has removed it meanwhile, make it again`,
        { cause },
      );
    } finally {
      closeSync(at);
    }
  } finally {
    closeSync(tree);
  }
  return directory;
}

function mapOwners(
  native: Native,
  tree: number,
  { idmap, recursive }: Pick<PreparedMount, 'idmap' | 'recursive'>,
): void {
  const { uids, gids } = parseIdmap(idmap);
  try {
    native.idmapMount(tree, recursive, uids, gids);
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    throw new FailedPreconditionError(
      `the owners of the mount cannot be mapped: the kernel or the file system is not able to (${String(code)}), leave idmap out or use U`,
      { cause },
    );
  }
}
