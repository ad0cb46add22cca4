import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { bytesText } from '../commands/shared/bytes-text.js';
import { reasonOf } from '../commands/shared/input-file.js';

/** open(2): a descriptor that only stands for a place; Node has no name for it. */
const oPath = 0o10000000;
const directoryFlags = oPath | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * The path of a name in an open directory. The kernel looks the name up there and nowhere else, so that nobody who moves
 * directories or puts links in their place can lead it away (rule R1).
 */
export function pathAt(directory: number, name: Uint8Array | string): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), Buffer.from(name as string)]);
}

/** The path of the open directory itself. */
export function pathOf(directory: number): string {
  return `/proc/self/fd/${directory}`;
}

/** Opens a directory that the user has named; links in the path are the user's. */
export function openAnchor(path: string): number {
  try {
    return openSync(path, oPath | constants.O_DIRECTORY);
  } catch (cause) {
    const text = `open ${path}: ${reasonOf(cause as NodeJS.ErrnoException)}`;
    throw new FailedPreconditionError(text, { cause });
  }
}

/** Opens a directory in another one, never through a link; with `make` makes one that is missing. */
export function openBelow(directory: number, name: Buffer, { make }: { readonly make: boolean }) {
  const path = pathAt(directory, name);
  try {
    return openSync(path, directoryFlags);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' && make) {
      mkdirSync(path, 0o755);
      return openSync(path, directoryFlags);
    }
    if (code !== 'ELOOP' && code !== 'ENOTDIR') throw thrown;
    const text = `${JSON.stringify(bytesText(name))} is no directory: nothing is written through it`;
    throw new InvalidArgumentError(text, { cause: thrown });
  }
}

/** Keeps the directories open that lead to where the last entry was, as the next one is most often near. */
export class DirectoryChain {
  readonly #anchor: number;
  readonly #open: { readonly name: Buffer; readonly descriptor: number }[] = [];

  constructor(anchor: number) {
    this.#anchor = anchor;
  }

  /** The descriptor of the directory of that path; it stays open until another is asked for. */
  enter(names: readonly Buffer[], options: { readonly make: boolean }): number {
    let shared = 0;
    while (shared < names.length && this.#open[shared]?.name.equals(names[shared] as Buffer)) {
      shared++;
    }
    this.#closeFrom(shared);
    for (const name of names.slice(shared)) {
      const parent = this.#open.at(-1)?.descriptor ?? this.#anchor;
      this.#open.push({ name, descriptor: openBelow(parent, name, options) });
    }
    return this.#open.at(-1)?.descriptor ?? this.#anchor;
  }

  /** The same for a moment, leaving the last one open; the caller closes it. */
  enterAnother(names: readonly Buffer[]): { readonly directory: number; close(): void } {
    const other = new DirectoryChain(this.#anchor);
    try {
      const directory = other.enter(names, { make: false });
      return { directory, close: () => other[Symbol.dispose]() };
    } catch (thrown) {
      other[Symbol.dispose]();
      throw thrown;
    }
  }

  [Symbol.dispose](): void {
    this.#closeFrom(0);
  }

  #closeFrom(at: number): void {
    for (const { descriptor } of this.#open.splice(at)) closeSync(descriptor);
  }
}
