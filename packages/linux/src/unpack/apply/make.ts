import { InvalidArgumentError } from '@wharf/core';
import { chmodSync, lchownSync, mkdirSync, unlinkSync } from 'node:fs';
import type { Native } from '../../../native/types.js';
import type { TarEntry } from '../../tar/entry.js';
import type { Applied, ApplyRules } from './applier.js';
import { deleteDirectory } from './delete-tree.js';
import type { Directories } from './directories.js';
import { join, statOf } from './directories.js';
import { errnoOf } from './faults.js';
import type { LayerPath } from './names.js';
import { cleanName, kernelPath, shownName, splitName } from './names.js';
import { isWhiteout, setOpaque } from './whiteouts.js';
import { applyXattrs } from './xattrs.js';

const atCwd = -100;
const noFollow = 0x100;
const nodeKinds = { character: 0o020000, block: 0o060000, fifo: 0o010000 } as const;

/** What the makers of entries share. Paths are real: no directory of them is a link. */
export interface Place {
  readonly native: Native;
  readonly directories: Directories;
  readonly applied: Applied;
  readonly rules: ApplyRules;
}

/** Runs `make`; if something of that name is there already, removes it and runs it again. */
export function replacing<T>(place: Place, path: LayerPath, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    remove(place, path);
    return make();
  }
}

function remove(place: Place, path: LayerPath): void {
  const stats = statOf(path);
  if (stats === undefined) return;
  if (!stats.isDirectory()) {
    if (stats.isSymbolicLink()) place.directories.flush();
    unlinkSync(kernelPath(path));
    return;
  }
  place.directories.flush();
  deleteDirectory(path);
}

/** @throws InvalidArgumentError where a directory would be replaced by something else, or the reverse */
export function refuseOtherKind(entry: TarEntry, path: LayerPath): void {
  const stats = statOf(path);
  if (stats === undefined || stats.isDirectory() === (entry.type === 'directory')) return;
  const [there, comes] = stats.isDirectory()
    ? ['directory', 'non-directory']
    : ['non-directory', 'directory'];
  throw new InvalidArgumentError(
    `cannot overwrite ${there} ${shownName(`/${path}`)} with ${comes} ${shownName(entry.path.toString('latin1'))}`,
    { facts: { entry: shownName(path) } },
  );
}

/** A directory; one that is there is kept with its content and gets the new owner, mode and times. */
export function makeDirectory(place: Place, entry: TarEntry, path: LayerPath): void {
  const target = kernelPath(path);
  try {
    mkdirSync(target, 0o700);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    const stats = statOf(path);
    if (stats?.isDirectory() !== true) {
      remove(place, path);
      mkdirSync(target, 0o700);
      if (stats !== undefined && place.rules.layer && isWhiteout(stats))
        setOpaque(place.native, path);
    }
  }
  describeDirectory(place, entry, path);
}

export function describeDirectory(place: Place, entry: TarEntry, path: LayerPath): void {
  const target = kernelPath(path);
  lchownSync(target, entry.uid, entry.gid);
  chmodSync(target, entry.mode);
  setXattrs(place, entry, path, target);
  place.directories.describe(path, entry.atime ?? entry.mtime, entry.mtime);
}

export function makeSymlink(place: Place, entry: TarEntry, path: LayerPath): void {
  if (entry.link.length === 0) {
    throw refused(path, 'is a symbolic link without a target');
  }
  const target = kernelPath(path);
  replacing(place, path, () => place.native.symlinkat(entry.link, atCwd, target));
  lchownSync(target, entry.uid, entry.gid);
  setXattrs(place, entry, path, target);
  setTimes(place, entry, target);
}

/**
 * A second name for a file of this layer. The file has its owner, mode and times already. A target that is only in a
 * layer below is refused, as it is by Docker: a layer is unpacked by itself.
 */
export function makeHardlink(place: Place, entry: TarEntry, path: LayerPath): void {
  const link = cleanName(entry.link);
  const { dir, base } = splitName(link);
  const real = link === '' ? undefined : place.directories.find(dir);
  const from = real === undefined ? '' : join(real, base);
  const stats = from === '' ? undefined : statOf(from);
  if (stats === undefined || isWhiteout(stats) || from.startsWith(`${path}/`)) {
    throw refused(path, `is a hard link to ${shownName(link)}, which is not in this layer`);
  }
  if (stats.isDirectory()) {
    throw refused(path, `is a hard link to ${shownName(link)}, which is a directory`);
  }
  if (from === path) return;
  replacing(place, path, () =>
    place.native.linkat(atCwd, kernelPath(from), atCwd, kernelPath(path), 0),
  );
}

export function makeNode(
  place: Place,
  entry: TarEntry,
  path: LayerPath,
  kind: keyof typeof nodeKinds,
): void {
  const isFifo = kind === 'fifo';
  const major = isFifo ? 0 : entry.major;
  const minor = isFifo ? 0 : entry.minor;
  if (kind === 'character' && major === 0 && minor === 0) {
    throw refused(path, 'is a character device 0:0, which overlayfs takes for a whiteout');
  }
  if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff) {
    throw refused(path, `has the impossible device number ${major}:${minor}`);
  }
  const target = kernelPath(path);
  const mode = nodeKinds[kind] | (entry.mode & 0o777);
  replacing(place, path, () => place.native.mknodat(atCwd, target, mode, major, minor));
  lchownSync(target, entry.uid, entry.gid);
  chmodSync(target, entry.mode);
  setXattrs(place, entry, path, target);
  setTimes(place, entry, target);
}

function setXattrs(place: Place, entry: TarEntry, path: LayerPath, target: Buffer): void {
  if (entry.xattrs.size === 0) return;
  place.applied.droppedXattrs += applyXattrs(path, entry.xattrs, (name, value) =>
    place.native.lsetxattr(target, name, value),
  );
}

function setTimes(place: Place, { mtime, atime = mtime }: TarEntry, target: Buffer): void {
  place.native.utimensat(atCwd, target, atime, mtime, noFollow);
}

function refused(path: LayerPath, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`the layer is refused: ${shownName(path)} ${why}`, {
    facts: { entry: shownName(path) },
  });
}
