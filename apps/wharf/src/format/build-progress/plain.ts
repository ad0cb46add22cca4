import type { BuildFrame } from '@wharf/core';
import { escapeControls } from '../escape.js';
import type { BuildDisplay, DisplayOptions, DisplayOutput } from './display.js';
import { missText } from './miss-text.js';
import { progressText } from './progress-text.js';
import { BuildState, elapsed, type ShownStep, type StepChange } from './state.js';

/** Milliseconds between two lines about how far something is. */
const interval = 5000;

/** Lines as `--progress=plain` has them: `#5 [2/4] RUN make`, `#5 0.123 text`, `#5 DONE 1.2s`. */
export class PlainDisplay implements BuildDisplay {
  readonly #output: Pick<DisplayOutput, 'write'>;
  readonly #options: Pick<DisplayOptions, 'explain' | 'now'>;
  readonly #state = new BuildState();
  readonly #told = new Map<number, number>();
  /** The step of the lines above. */
  #current: number | undefined;

  constructor(
    output: Pick<DisplayOutput, 'write'>,
    options: Pick<DisplayOptions, 'explain' | 'now'>,
  ) {
    this.#output = output;
    this.#options = options;
  }

  frame(frame: BuildFrame): void {
    const change = this.#state.apply(frame, this.#options.now());
    if (change === undefined || change.step.number === 0) return;
    if (frame.kind === 'progress') return this.#progress(change.step, frame.name);
    this.#changed(change);
  }

  stopping(text: string): void {
    this.#output.write(`${text}\n`);
  }

  end(): void {
    // Every line has its end.
  }

  #changed({ step, before, newLines }: StepChange): void {
    const lines = newLines.map(({ at, text }) => `${at.toFixed(3)} ${text}`);
    if (step.state.kind !== before) {
      if (step.state.kind === 'running') return this.#write(step, []);
      lines.push(...this.#endOf(step));
      this.#write(step, lines);
      this.#current = undefined;
      this.#output.write('\n');
    } else if (lines.length > 0) this.#write(step, lines);
  }

  #endOf(step: ShownStep): string[] {
    const { state } = step;
    const sums = [...step.progress.values()].map((one) => `${progressText(one)} done`);
    switch (state.kind) {
      case 'done': {
        if (state.cached) return ['CACHED'];
        const why = this.#options.explain && state.miss !== undefined ? [missText(state.miss)] : [];
        return [...sums, ...why, `DONE ${elapsed(step, this.#options.now()).toFixed(1)}s`];
      }
      case 'failed':
        return [`ERROR: ${state.error.split('\n').map(escapeControls).join(' ')}`];
      case 'cancelled':
        return ['CANCELED'];
      case 'waiting':
      case 'running':
        return [];
    }
  }

  /** Rarely: a line stays for ever. */
  #progress(step: ShownStep, name: string): void {
    const now = this.#options.now();
    if (now - (this.#told.get(step.id) ?? step.since) < interval) return;
    this.#told.set(step.id, now);
    const progress = step.progress.get(name);
    if (progress !== undefined) this.#write(step, [progressText(progress)]);
  }

  /** Lines of another step come after an empty line and under its name. */
  #write(step: ShownStep, lines: readonly string[]): void {
    const head = [];
    if (this.#current !== step.id) {
      if (this.#current !== undefined) {
        head.push(`#${this.#state.find(this.#current)?.label ?? 0} ...`, '');
      }
      head.push(`#${step.label} ${step.name}`);
      this.#current = step.id;
    }
    const body = lines.map((line) => `#${step.label} ${line}`);
    const all = [...head, ...body];
    if (all.length > 0) this.#output.write(`${all.join('\n')}\n`);
  }
}
