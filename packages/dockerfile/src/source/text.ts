import { isSpace, skip, skipBack } from '../chars.js';
import type { Range, Source } from './source.js';

/** A word of a Dockerfile with the place where it stands. */
export interface Word {
  readonly text: string;
  readonly range: Range;
}

/** Where the runs of a text come from: run i begins at index `at[i]` and at `offsets[i]` of the source. */
interface Runs {
  readonly at: number[];
  readonly offsets: number[];
}

/** Text put together from pieces of a source (continuation lines, words without their quotes), each of which is known. */
export class Text implements Word {
  readonly text: string;
  readonly source: Source;
  readonly #runs: Runs;
  readonly #from: number;

  constructor(source: Source, text: string, runs: Runs, from = 0) {
    this.source = source;
    this.text = text;
    this.#runs = runs;
    this.#from = from;
  }

  get length(): number {
    return this.text.length;
  }

  get range(): Range {
    return this.rangeOf(0, this.text.length);
  }

  slice(start: number, end = this.text.length): Text {
    return new Text(this.source, this.text.slice(start, end), this.#runs, this.#from + start);
  }

  trim(): Text {
    const start = skip(this.text, 0, isSpace);
    return this.slice(start, Math.max(start, skipBack(this.text, this.text.length, isSpace)));
  }

  rangeOf(start: number, end: number): Range {
    if (end > start) return this.source.range(this.offset(start), this.offset(end - 1) + 1);
    const at = start > 0 || this.#from > 0 ? this.offset(start - 1) + 1 : this.offset(start);
    return this.source.range(at, at);
  }

  /** The offset in the source of the character at an index. */
  offset(index: number): number {
    const { at, offsets } = this.#runs;
    const wanted = this.#from + index;
    let [low, high] = [0, at.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((at[middle] as number) <= wanted) low = middle;
      else high = middle - 1;
    }
    return (offsets[low] ?? 0) + wanted - (at[low] ?? 0);
  }
}

/** Puts a `Text` together. */
export class TextBuilder {
  readonly #source: Source;
  readonly #pieces: string[] = [];
  readonly #runs: Runs = { at: [], offsets: [] };
  #length = 0;
  #next = -1;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Appends a piece of the source itself. */
  append(start: number, end: number): void {
    this.#add(this.#source.text.slice(start, end), start);
  }

  /** Appends one character of a text, with where it came from. */
  take(text: Text, index: number): void {
    this.#add(text.text[index] ?? '', text.offset(index));
  }

  get length(): number {
    return this.#length;
  }

  /** @param offset where an empty text stands */
  build(offset = 0): Text {
    if (this.#runs.at.length === 0) this.#startRun(offset);
    return new Text(this.#source, this.#pieces.join(''), this.#runs);
  }

  #add(piece: string, offset: number): void {
    if (piece === '') return;
    if (offset !== this.#next) this.#startRun(offset);
    this.#pieces.push(piece);
    this.#length += piece.length;
    this.#next = offset + piece.length;
  }

  #startRun(offset: number): void {
    this.#runs.at.push(this.#length);
    this.#runs.offsets.push(offset);
  }
}
