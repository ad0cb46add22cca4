import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { encodeJournalLine, parseJournal, toTimestamp, type JournalEntry } from '@wharf/api/shim';
import type { Clock } from '../clock.js';

export type Happening = NonNullable<JournalEntry['what']>;

/** The file is made shorter when it is longer than this. */
const sizeLimit = 1024 * 1024;
/** What compaction keeps: the newest entries of each sort. */
const keptProbes = 8;
const keptOthers = 256;

const appendFlags =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

export interface JournalOptions {
  /** Whether it has to outlast an unclean end of the machine; default true. */
  readonly synced?: boolean;
}

/**
 * The durable record of what happened to a container: one line of protobuf JSON per entry, numbered without gaps.
 * A new shim goes on where the last one stopped. Old entries go when the file has grown to 1 MiB; numbers go on.
 * An append that fails (disk full) throws nothing: watchers are told all the same, and the loss is a gap in the file.
 */
export class Journal {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #synced: boolean;
  readonly #watchers = new Set<(entry: JournalEntry) => void>();
  #fd: number;
  /** The last number given. */
  #last: bigint;
  /** The last one that watchers may know of. */
  #published: bigint;
  /** Appended and not told yet, in order. */
  #untold: { readonly entry: JournalEntry; ready: boolean }[] = [];

  /** Opens or creates the file; a torn last line of a writer that died is cut off by a line feed of ours. */
  constructor(path: string, clock: Clock, { synced = true }: JournalOptions = {}) {
    this.#path = path;
    this.#clock = clock;
    this.#synced = synced;
    this.#fd = openSync(path, appendFlags, 0o600);
    if (synced) syncDirectory(path);
    const text = readFileSync(path);
    if (text.length > 0 && text[text.length - 1] !== 10) writeSync(this.#fd, '\n');
    this.#last = parseJournal(text.toString()).at(-1)?.sequence ?? 0n;
    this.#published = this.#last;
  }

  /** Of what was published. */
  get lastSequence(): bigint {
    return this.#published;
  }

  /** Appends without telling anyone; later entries are held back until the result was passed to `publish`. */
  append(what: Happening): JournalEntry {
    this.#last += 1n;
    const entry: JournalEntry = {
      sequence: this.#last,
      time: toTimestamp(this.#clock.now()),
      what,
    };
    try {
      writeSync(this.#fd, encodeJournalLine(entry));
    } catch {
      // ENOSPC: the container must go on.
    }
    this.#untold.push({ entry, ready: false });
    return entry;
  }

  /** Durable on return, unless nothing of it has to be. */
  sync(): void {
    if (!this.#synced) return;
    try {
      fdatasyncSync(this.#fd);
    } catch {
      // EIO: nothing better can be done than to tell the watchers.
    }
  }

  /** Watchers are told in the order of the numbers: a cursor never passes an entry by. */
  publish(entry: JournalEntry): void {
    for (const untold of this.#untold) if (untold.entry === entry) untold.ready = true;
    while (this.#untold[0]?.ready === true) this.#tell(this.#untold.shift()!.entry);
    this.#compactIfLong();
  }

  #tell(entry: JournalEntry): void {
    this.#published = entry.sequence;
    for (const watcher of this.#watchers) watcher(entry);
  }

  record(what: Happening): void {
    this.publish(this.append(what));
  }

  /** Published entries after the cursor, out of the file. */
  after(sequence: bigint): JournalEntry[] {
    const entries = parseJournal(readFileSync(this.#path, 'utf8'));
    return entries.filter(
      (entry) => entry.sequence > sequence && entry.sequence <= this.#published,
    );
  }

  /** The result stops it. */
  watch(watcher: (entry: JournalEntry) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #compactIfLong(): void {
    try {
      if (fstatSync(this.#fd).size > sizeLimit) this.#compact();
    } catch {
      // Next time, perhaps.
    }
  }

  #compact(): void {
    const entries = parseJournal(readFileSync(this.#path, 'utf8'));
    const kept = new Set([
      ...entries.filter((entry) => entry.what?.$case === 'health').slice(-keptProbes),
      ...entries.filter((entry) => entry.what?.$case !== 'health').slice(-keptOthers),
    ]);
    const lines = entries
      .filter((entry) => kept.has(entry))
      .map((entry) => encodeJournalLine(entry));
    const partial = `${this.#path}.partial`;
    const fd = openSync(partial, appendFlags | constants.O_TRUNC, 0o600);
    writeSync(fd, lines.join(''));
    fsyncSync(fd);
    renameSync(partial, this.#path);
    syncDirectory(this.#path);
    closeSync(this.#fd);
    this.#fd = fd;
  }
}

function syncDirectory(path: string): void {
  const fd = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
