import { escapeControls } from '../escape.js';

/** A line longer than this many characters is broken. */
const maxLine = 16 * 1024;

const sequences = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;

/** Makes lines of what a process writes, in whatever pieces it comes. */
export class LogLines {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** The lines that are complete now. */
  push(data: Uint8Array): string[] {
    const text = this.#rest + this.#decoder.decode(data, { stream: true });
    const lines = text.split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > maxLine) lines.push(...this.#takeRest());
    return lines.map(harmless);
  }

  /** The last line, if nothing has ended it. */
  end(): string[] {
    this.#rest += this.#decoder.decode();
    return this.#takeRest().map(harmless);
  }

  #takeRest(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [rest];
  }
}

/**
 * A line as a terminal would leave it: what a carriage return overwrites is left out, as are colours and moves of the
 * cursor; other control characters are escaped.
 */
export function harmless(line: string): string {
  const ended = line.endsWith('\r') ? line.slice(0, -1) : line;
  const shown = ended.slice(ended.lastIndexOf('\r') + 1);
  return escapeControls(shown.replaceAll(sequences, '').replaceAll('\t', '        '));
}
