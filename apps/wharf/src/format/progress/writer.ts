import { eventLabel, render, shortId } from './render.js';
import { ScreenRegion } from './region.js';
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

class TerminalWriter implements ProgressWriter {
  readonly #now: () => number;
  readonly #interval: number;
  readonly #withdraw: () => void;
  readonly #region: ScreenRegion;
  #state: ProgressState = emptyProgress;
  #last = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(output: ProgressOutput, options: ProgressOptions) {
    this.#now = options.now ?? Date.now;
    this.#interval = options.interval ?? 66;
    this.#region = new ScreenRegion(output);
    this.#withdraw = (options.onExit ?? restoreOnExit)(() => this.#region.restore());
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
    this.#region.restore();
    this.#withdraw();
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#last = this.#now();
    const { width, height } = this.#region.size();
    this.#region.draw(render(this.#state, width, height));
  }
}
