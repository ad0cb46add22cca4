import type { CallOptions } from '@wharf/core';
import type { DiskPath } from './bytes-path.js';
import type { KnownDigest } from './digest-index.js';
import { hashLarge, smallBytes, SmallReader } from './hash-file.js';
import type { FileNode } from './nodes.js';

/** Large files that are read at once: while one is hashed the disk gets the next. */
const concurrency = 4;

/** Finds the digest of each file, without reading those that are as they were. */
export class Digests {
  /** For the next time: those whose next change will show. */
  readonly next = new Map<DiskPath, KnownDigest>();
  /** Files that were read. */
  hashed = 0;
  readonly #known: ReadonlyMap<DiskPath, KnownDigest>;
  readonly #reader = new SmallReader();
  readonly #large: FileNode[] = [];

  constructor(known: ReadonlyMap<DiskPath, KnownDigest>) {
    this.#known = known;
  }

  /** Whether the index has to be written again. */
  get isChanged(): boolean {
    return this.hashed > 0 || this.next.size !== this.#known.size;
  }

  /** Of a small file at once, of a large one by `finish`. */
  add(file: FileNode): void {
    const { name, identity } = file.seen;
    const known = this.#known.get(name);
    if (known?.identity === identity) {
      file.hex = known.hex;
      this.next.set(name, known);
      return;
    }
    if (file.seen.size > smallBytes) this.#large.push(file);
    else this.#found(file, this.#reader.hash(file.seen));
  }

  async finish({ signal }: CallOptions): Promise<void> {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const work = async (): Promise<void> => {
      for (let file = this.#large.shift(); file !== undefined; file = this.#large.shift()) {
        this.#found(file, await hashLarge(file.seen, { signal: either }));
      }
    };
    const workers = Array.from({ length: concurrency }, work);
    try {
      await Promise.all(workers);
    } catch (error) {
      stop.abort(error);
      await Promise.allSettled(workers);
      throw error;
    }
  }

  #found(file: FileNode, hex: string): void {
    file.hex = hex;
    this.hashed++;
    const { name, identity, isSettled } = file.seen;
    if (isSettled) this.next.set(name, { identity, hex });
  }
}
