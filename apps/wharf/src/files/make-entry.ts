import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { FailedPreconditionError } from '@wharf/core';
import type { TarEntry } from '@wharf/linux/tar';
import { bytesText } from '../commands/shared/bytes-text.js';
import { pathAt, pathOf } from './anchored.js';

/** A file that is being written. */
export interface MadeFile {
  write(chunk: Buffer, start: number, end: number, position: number): void;
  /** Sets what the entry says of it. */
  finish(): void;
  /** Removes it: its bytes did not all come. */
  discard(): void;
}

/** Opens the directory of a path of the archive, for hard links. */
type Find = (path: Buffer) => { readonly parent: number; readonly name: Buffer; close(): void };

/** Permission bits alone: a file of a container gives nobody here the rights of another. */
const permissions = 0o777;

const fileFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Makes one entry in an open directory. What is there is replaced, unless it is a directory and the entry is not, or the
 * reverse.
 */
export function makeEntry(
  parent: number,
  name: Buffer,
  entry: TarEntry,
  find: Find,
): MadeFile | 'directory' | 'skipped' | undefined {
  const path = pathAt(parent, name);
  const makeable = entry.type !== 'character' && entry.type !== 'block' && entry.type !== 'fifo';
  if (!makeable) return 'skipped';
  const there = makeRoom(path, entry);
  switch (entry.type) {
    case 'directory':
      if (there) return undefined;
      mkdirSync(path, 0o700);
      return 'directory';
    case 'symlink':
      symlinkSync(entry.link, path);
      lutimesSync(path, timeOf(entry), timeOf(entry));
      return undefined;
    case 'hardlink': {
      const target = find(entry.link);
      try {
        linkSync(pathAt(target.parent, target.name), path);
      } finally {
        target.close();
      }
      return undefined;
    }
    case 'file':
      return makeFile(path, entry);
    default:
      return 'skipped';
  }
}

/** @returns whether a directory is there and stays */
function makeRoom(path: Buffer, entry: TarEntry): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  const shown = JSON.stringify(bytesText(entry.path));
  if (found.isDirectory()) {
    if (entry.type === 'directory') return true;
    throw new FailedPreconditionError(
      `cannot overwrite directory with non-directory ${shown}: remove or rename the directory`,
    );
  }
  if (entry.type === 'directory') {
    throw new FailedPreconditionError(
      `cannot overwrite non-directory with directory ${shown}: remove or rename what is there`,
    );
  }
  unlinkSync(path);
  return false;
}

function makeFile(path: Buffer, entry: TarEntry): MadeFile {
  const file = openSync(path, fileFlags, 0o600);
  let written = 0;
  return {
    write(chunk, start, end, position) {
      for (let at = start; at < end;) {
        at += writeSync(file, chunk, at, end - at, position + at - start);
      }
      written = position + end - start;
    },
    finish() {
      try {
        if (written < entry.size) ftruncateSync(file, entry.size);
        fchmodSync(file, entry.mode & permissions);
        futimesSync(file, timeOf(entry), timeOf(entry));
      } finally {
        closeSync(file);
      }
    },
    discard() {
      closeSync(file);
      unlinkSync(path);
    },
  };
}

/** Mode and time of a directory that was made, when all in it is there. */
export function finishDirectory(directory: number, entry: TarEntry): void {
  const path = pathOf(directory);
  chmodSync(path, entry.mode & permissions);
  utimesSync(path, timeOf(entry), timeOf(entry));
}

/** Latest moment that file systems in use can hold, in seconds: 2446-05-10 of ext4. */
const latest = 15_032_385_535;
const earliest = -2_147_483_648;

/** Node takes a negative number for the present; a Date it takes as it is. */
function timeOf({ mtime: { sec, nsec } }: TarEntry): number | Date {
  const seconds = Math.min(latest, Math.max(earliest, Number(sec) + nsec / 1e9));
  return seconds < 0 ? new Date(seconds * 1000) : seconds;
}
