import { displayWidth } from '../width.js';
import { eventLabel, render, shortId } from './render.js';
import { restoreOnExit } from './restore.js';
import { applyProgress, emptyProgress, type ProgressEvent, type ProgressState } from './state.js';

/** The part of a terminal stream that progress needs; `process.stderr` is one. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface ProgressOptions {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Milliseconds between two redraws. */
  readonly interval?: number;
  /** Registers an undo for the end of the process; returns how to withdraw it. */
  readonly onExit?: (restore: () => void) => () => void;
}

/** Shows progress while it lasts. Disposing draws the last state and gives the cursor back. */
export interface ProgressWriter extends Disposable {
  update(event: ProgressEvent): void;
}

/** Redrawn lines on a terminal, else a plain line for each change of phase. */
export function progressWriter(
  output: ProgressOutput,
  options: ProgressOptions = {},
): ProgressWriter {
  return output.isTTY === true ? new TerminalWriter(output, options) : new PlainWriter(output);
}

class PlainWriter implements ProgressWriter {
  readonly #output: ProgressOutput;
  readonly #phases = new Map<string, string>();

  constructor(output: ProgressOutput) {
    this.#output = output;
  }

  update(event: ProgressEvent): void {
    const { id, phase } = event;
    if (this.#phases.get(id) === phase) return;
    this.#phases.set(id, phase);
    this.#output.write(`${shortId(id)}: ${eventLabel(event)}\n`);
  }

  [Symbol.dispose](): void {
    this.#phases.clear();
  }
}

const beginUpdate = '\x1b[?2026h';
const endUpdate = '\x1b[?2026l';
const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';

class TerminalWriter implements ProgressWriter {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  readonly #interval: number;
  readonly #withdraw: () => void;
  #state: ProgressState = emptyProgress;
  #drawn: readonly string[] = [];
  #last = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #hidden = false;
  #closed = false;

  constructor(output: ProgressOutput, options: ProgressOptions) {
    this.#output = output;
    this.#now = options.now ?? Date.now;
    this.#interval = options.interval ?? 66;
    this.#withdraw = (options.onExit ?? restoreOnExit)(() => this.#restore());
  }

  update(event: ProgressEvent): void {
    if (this.#closed) return;
    const now = this.#now();
    this.#state = applyProgress(this.#state, event, now);
    if (now - this.#last >= this.#interval) return this.#draw();
    this.#timer ??= setTimeout(() => this.#draw(), this.#interval);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    if (this.#state.items.size > 0) this.#draw();
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#restore();
    this.#withdraw();
  }

  #restore(): void {
    if (this.#hidden) this.#output.write(showCursor);
    this.#hidden = false;
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#last = this.#now();
    const columns = Math.max(1, this.#output.columns ?? 80);
    // The last row is the cursor's; the last column would wrap on some terminals.
    const height = Math.max(1, (this.#output.rows ?? 24) - 1);
    const lines = render(this.#state, Math.max(1, columns - 1), height);
    const up = this.#drawnRows(columns, height);
    const back = up > 0 ? `\x1b[${up}A` : '';
    const body = lines.map((line) => `\r\x1b[2K${line}\n`).join('');
    const hide = this.#hidden ? '' : hideCursor;
    this.#hidden = true;
    this.#output.write(`${beginUpdate}${hide}${back}${body}\x1b[J${endUpdate}`);
    this.#drawn = lines;
  }

  /** Rows that the last drawing takes now: lines wrap when the terminal was made narrower. */
  #drawnRows(columns: number, height: number): number {
    const rows = this.#drawn.map((line) => Math.max(1, Math.ceil(displayWidth(line) / columns)));
    return Math.min(
      rows.reduce((sum, count) => sum + count, 0),
      height,
    );
  }
}
