import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryName } from './contents.js';

const markerName = 'boot-id';
const synced = 'synced';

/**
 * Makes the directory of a store ready. Nothing in it is synced while it is used, so what it has is worth something only as
 * long as the machine has not gone down: the marker says during which boot it was used, or that all of it was synced.
 * @returns whether it is all on the disk
 */
export function openRoot(root: string, bootId: string): boolean {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const marker = readMarker(root);
  if (marker !== bootId && marker !== synced) empty(root);
  rmSync(join(root, temporaryName), { recursive: true, force: true });
  mkdirSync(join(root, temporaryName), { mode: 0o700 });
  if (marker !== bootId) writeMarker(root, bootId);
  return marker !== bootId;
}

/** Call it when no thread uses the directory and its file system was synced. */
export function markSynced(root: string): void {
  writeMarker(root, synced);
}

function readMarker(root: string): string | undefined {
  try {
    return readFileSync(join(root, markerName), 'latin1');
  } catch {
    return undefined;
  }
}

/** On the disk before anything else is written: what is newer than an older marker must not be believed. */
function writeMarker(root: string, text: string): void {
  const aside = join(root, `${markerName}.new`);
  const fd = openSync(aside, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(aside, join(root, markerName));
  const directory = openSync(root, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function empty(root: string): void {
  for (const name of readdirSync(root)) {
    if (name !== markerName) rmSync(join(root, name), { recursive: true, force: true });
  }
}
