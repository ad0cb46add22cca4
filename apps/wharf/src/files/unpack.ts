import { closeSync } from 'node:fs';
import { DataLossError, InvalidArgumentError, type CallOptions } from '@wharf/core';
import { TarReader, type TarEntry, type TarSink } from '@wharf/linux/tar';
import { bytesText } from '../commands/shared/bytes-text.js';
import { DirectoryChain, openAnchor } from './anchored.js';
import { guard } from './guard.js';
import { finishDirectory, makeEntry, type MadeFile } from './make-entry.js';

/** Where the first entry of an archive, a file or a directory with all that is in it, goes. */
export interface UnpackTarget {
  /** A directory that exists. */
  readonly directory: string;
  /** Its name there; undefined when the archive's directory is that directory itself. */
  readonly name: string | undefined;
}

export interface UnpackOptions extends CallOptions {
  /** Told of each entry that cannot be made here, by its path. */
  readonly skipped: (path: string, what: string) => void;
}

/**
 * Unpacks a copy from a container. The archive is hostile: nothing is made outside of the target, through a link or
 * over what is not of the same kind; links are made as they are and never followed; owners, devices and the
 * setuid, setgid and sticky bits are left out.
 */
export async function unpackCopy(
  archive: AsyncIterable<Uint8Array>,
  target: UnpackTarget,
  { signal, skipped }: UnpackOptions,
): Promise<void> {
  const anchor = openAnchor(target.directory);
  const sink = new CopySink(anchor, target, skipped);
  try {
    const reader = new TarReader(sink);
    for await (const chunk of archive) {
      signal.throwIfAborted();
      reader.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    }
    reader.finish();
    sink.finish();
  } finally {
    sink[Symbol.dispose]();
    closeSync(anchor);
  }
}

const slash = 0x2f;

class CopySink implements TarSink, Disposable {
  readonly #chain: DirectoryChain;
  readonly #target: UnpackTarget;
  readonly #skipped: UnpackOptions['skipped'];
  readonly #directories: { readonly names: readonly Buffer[]; readonly entry: TarEntry }[] = [];
  /** The name of the first entry, under which all others are; empty for `.` and `/`. */
  #root: readonly Buffer[] | undefined;
  #file: MadeFile | undefined;
  /** That of the entry, for messages. */
  #path: Buffer = Buffer.alloc(0);

  constructor(anchor: number, target: UnpackTarget, skipped: UnpackOptions['skipped']) {
    this.#chain = new DirectoryChain(anchor);
    this.#target = target;
    this.#skipped = skipped;
  }

  entry(entry: TarEntry): void {
    this.#root ??= rootOf(entry);
    this.#path = entry.path;
    const names = this.#place(entry.path);
    const name = names.at(-1);
    if (name === undefined) {
      if (entry.type === 'directory') return;
      throw new InvalidArgumentError('the archive has a file in place of the directory');
    }
    const made = guard(entry.path, () => {
      const parent = this.#chain.enter(names.slice(0, -1), { make: true });
      return makeEntry(parent, name, entry, (path) => this.#find(path));
    });
    if (made === 'directory') this.#directories.push({ names, entry });
    else if (made === 'skipped') this.#skipped(bytesText(entry.path), entry.type);
    else this.#file = made;
  }

  data(chunk: Buffer, start: number, end: number, position: number): void {
    const file = this.#file;
    if (file !== undefined) guard(this.#path, () => file.write(chunk, start, end, position));
  }

  end(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) guard(this.#path, () => file.finish());
  }

  /** Modes and times of directories, the innermost first: what was made in them has changed them. */
  finish(): void {
    if (this.#root === undefined) throw new DataLossError('the archive of the copy is empty');
    for (const { names, entry } of this.#directories.reverse()) {
      guard(entry.path, () => {
        finishDirectory(this.#chain.enter(names, { make: false }), entry);
      });
    }
  }

  [Symbol.dispose](): void {
    this.#file?.discard();
    this.#chain[Symbol.dispose]();
  }

  /** The place of a path of the archive, as names below the target's directory. */
  #place(path: Buffer): Buffer[] {
    const names = namesOf(path);
    const root = this.#root ?? [];
    const inside = root.every((name, at) => names[at]?.equals(name));
    if (!inside) {
      throw new InvalidArgumentError(
        `the archive has ${JSON.stringify(bytesText(path))}, which is not part of the copy`,
      );
    }
    const { name } = this.#target;
    const rest = names.slice(root.length);
    return name === undefined ? rest : [Buffer.from(name), ...rest];
  }

  /** The directory and the name of an entry that a hard link names. */
  #find(path: Buffer): { readonly parent: number; readonly name: Buffer; close(): void } {
    const names = this.#place(path);
    const name = names.at(-1);
    if (name === undefined) throw new InvalidArgumentError('the archive links to a directory');
    // Another chain: the place of the link itself must stay open.
    const anchor = this.#chain.enterAnother(names.slice(0, -1));
    return { parent: anchor.directory, name, close: () => anchor.close() };
  }
}

function rootOf({ path }: TarEntry): readonly Buffer[] {
  const names = namesOf(path);
  if (names.length <= 1) return names;
  throw new InvalidArgumentError(
    `the archive begins with ${JSON.stringify(bytesText(path))} and not with what is copied`,
  );
}

/** The components of a path; `.` and empty ones do not count. */
function namesOf(path: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let at = 0; at <= path.length;) {
    const next = path.indexOf(slash, at);
    const end = next < 0 ? path.length : next;
    const name = path.subarray(at, end);
    at = end + 1;
    if (name.length === 0 || name.equals(dot)) continue;
    if (name.equals(dots) || name.includes(0)) {
      throw new InvalidArgumentError(
        `the archive has the path ${JSON.stringify(bytesText(path))}, which leads out of it`,
      );
    }
    names.push(Buffer.from(name));
  }
  return names;
}

const dot = Buffer.from('.');
const dots = Buffer.from('..');
