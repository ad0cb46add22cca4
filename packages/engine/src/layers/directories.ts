import { randomUUID } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { State } from '../state/state.js';

/** Of directories that another database knew, and that made room for the same layer: this and the name. */
const olderPrefix = 'older-';

export const goneName = (): string => `gone-${randomUUID()}`;

/** @returns false when it is not there */
export function moveAside(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

export interface SortedDirectories {
  /** Names of what is to be removed; no layer will get them. */
  readonly stray: string[];
  /** What is in the place of a layer goes, or is kept where another database knew it. @returns what puts that back */
  makeRoom(name: string): () => void;
}

/**
 * Looks through the directories of layers at the start: what no record names is set aside, and is removed while others work.
 * What another database knew stays: it may be put back, and containers of which it knew may run on these.
 */
export async function sortDirectories(
  root: string,
  state: Pick<State, 'strangers' | 'noteStrangers'>,
  known: readonly string[],
): Promise<SortedDirectories> {
  const found = await readdir(root);
  const ours = new Set(known);
  const unknown = found.filter((name) => !ours.has(name) && !isHalf(name));
  state.noteStrangers('snapshots', unknown);
  const strangers = state.strangers('snapshots');
  const stray: string[] = [];
  const drop = (name: string): void => {
    const aside = goneName();
    if (moveAside(join(root, name), join(root, aside))) stray.push(aside);
  };
  const isKept = (name: string): boolean => ours.has(name) || strangers.has(name);
  for (const name of found) {
    if (isHalf(name)) stray.push(name);
    else if (!isKept(name) && !isKept(layerOf(name))) drop(name);
  }
  for (const name of known) {
    // It was ours before another database took the place of this one for a while.
    const older = join(root, olderPrefix + name);
    if (strangers.has(name) || !existsSync(older)) continue;
    drop(name);
    moveAside(older, join(root, name));
  }
  return {
    stray,
    makeRoom(name) {
      const at = join(root, name);
      if (!strangers.has(name)) {
        drop(name);
        return () => undefined;
      }
      const plain = join(root, olderPrefix + name);
      const aside = existsSync(plain) ? `${plain}.${randomUUID()}` : plain;
      return moveAside(at, aside) ? () => void moveAside(aside, at) : () => undefined;
    },
  };
}

const isHalf = (name: string): boolean => name.startsWith('tmp-') || name.startsWith('gone-');

/** The name of the layer that a directory made room for; '' when it did not. */
function layerOf(name: string): string {
  return name.startsWith(olderPrefix) ? name.slice(olderPrefix.length).replace(/\..*$/, '') : '';
}
