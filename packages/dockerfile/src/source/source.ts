/** Counted from 1; columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** `end` is behind the last character. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** One file's text with the way from an offset to its line and column. */
export class Source {
  readonly name: string;
  readonly text: string;
  readonly #starts: number[] = [0];

  /** @param name as it is shown in messages, e.g. `Dockerfile` or `build/app.Dockerfile` */
  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      this.#starts.push(at + 1);
    }
  }

  position(offset: number): Position {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] as number) + 1 };
  }

  /** Offsets; `end` exclusive. */
  range(start: number, end: number): Range {
    return Object.freeze({ start: this.position(start), end: this.position(end) });
  }

  /** The text of a line without its end; empty past the last. */
  line(number: number): string {
    const start = this.#starts[number - 1];
    if (start === undefined) return '';
    const next = this.#starts[number] ?? this.text.length + 1;
    const line = this.text.slice(start, next - 1);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  /** The number of lines; what follows the last line end is one only if there is something. */
  get lines(): number {
    const count = this.#starts.length;
    return count > 1 && this.text.endsWith('\n') ? count - 1 : count;
  }
}
