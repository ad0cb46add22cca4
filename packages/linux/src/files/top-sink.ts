import { chmodSync, lchownSync, utimesSync } from 'node:fs';
import type { TarEntry, TarSink } from '../tar/entry.js';
import { cleanName } from '../unpack/apply/names.js';

/** Hands an archive on, but for what it says of its top directory, which is there already: that is done at the end. */
export class TopSink implements TarSink {
  readonly #sink: TarSink;
  #top: TarEntry | undefined;
  #skipping = false;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  entry(entry: TarEntry): void {
    this.#skipping = entry.type === 'directory' && cleanName(entry.path) === '';
    if (this.#skipping) this.#top = entry;
    else this.#sink.entry(entry);
  }

  data(chunk: Buffer, start: number, end: number, position: number): void {
    if (!this.#skipping) this.#sink.data(chunk, start, end, position);
  }

  end(): void {
    if (!this.#skipping) this.#sink.end();
  }

  /** For a thread whose root the directory is. */
  finish(): void {
    if (this.#top === undefined) return;
    const { uid, gid, mode, mtime } = this.#top;
    lchownSync('/', uid, gid);
    chmodSync('/', mode);
    const seconds = Number(mtime.sec);
    utimesSync('/', seconds, seconds);
  }
}
