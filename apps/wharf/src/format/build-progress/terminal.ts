import type { BuildFrame } from '@wharf/core';
import { ScreenRegion } from '../progress/region.js';
import type { BuildDisplay, DisplayOptions, DisplayOutput } from './display.js';
import { renderBuild } from './render.js';
import { BuildState } from './state.js';

/** Milliseconds between two drawings. */
const interval = 100;

/** Draws the steps in place, ten times a second at most. */
export class TerminalDisplay implements BuildDisplay {
  readonly #options: DisplayOptions;
  readonly #region: ScreenRegion;
  readonly #withdraw: () => void;
  readonly #state = new BuildState();
  readonly #startedAt: number;
  readonly #timer: NodeJS.Timeout;
  #last = -Infinity;
  #ended = false;
  #stopping: string | undefined;

  constructor(output: DisplayOutput, options: DisplayOptions) {
    this.#options = options;
    this.#region = new ScreenRegion(output);
    this.#startedAt = options.now();
    this.#withdraw = options.onExit(() => this.#region.restore());
    // Times go on while nothing happens.
    this.#timer = setInterval(() => this.#draw(false), interval);
    this.#timer.unref();
  }

  frame(frame: BuildFrame): void {
    if (this.#ended) return;
    const now = this.#options.now();
    this.#state.apply(frame, now);
    if (now - this.#last >= interval) this.#draw(false);
  }

  stopping(text: string): void {
    this.#stopping = text;
    this.#draw(false);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    if (this.#state.steps.length > 0) this.#draw(true);
    this.#region.restore();
    this.#withdraw();
  }

  #draw(finished: boolean): void {
    const { now, explain } = this.#options;
    const time = now();
    this.#last = time;
    if (this.#state.steps.length === 0) return;
    const size = this.#region.size();
    const { steps } = this.#state;
    const times = { now: time, startedAt: this.#startedAt };
    const stopping = this.#stopping;
    this.#region.draw(
      renderBuild(steps, {
        ...{ ...times, ...size, explain, finished },
        ...(stopping === undefined ? {} : { stopping }),
      }),
    );
  }
}
