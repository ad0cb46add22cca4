import { WharfError } from '@wharf/core';
import type { SourceLimits } from '../config.js';

/** Watches a body over silence, and over a trickle; time counts only while the server is waited for. */
export class BodyWatch {
  readonly #url: URL;
  readonly #limits: SourceLimits;
  readonly #timer: NodeJS.Timeout;
  #waiting = false;
  #since = 0;
  #windowMs = 0;
  #windowBytes = 0;

  constructor(url: URL, limits: SourceLimits, end: (fault: WharfError) => void) {
    this.#url = url;
    this.#limits = limits;
    const silent = (): void => {
      if (this.#waiting) end(this.#fault(`sent nothing for ${limits.idleMs / 1000} s`));
    };
    this.#timer = setTimeout(silent, limits.idleMs);
  }

  wait(): void {
    this.#waiting = true;
    this.#since = performance.now();
    this.#timer.refresh();
  }

  /** @throws deadline-exceeded below the least rate */
  moved(bytes: number): void {
    this.#waiting = false;
    this.#windowMs += performance.now() - this.#since;
    this.#windowBytes += bytes;
    const { minRate, minRateWindowMs } = this.#limits;
    if (this.#windowMs < minRateWindowMs) return;
    if (this.#windowBytes < (minRate * this.#windowMs) / 1000) {
      throw this.#fault(`sends less than ${minRate} bytes a second`);
    }
    this.#windowMs = 0;
    this.#windowBytes = 0;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #fault(what: string): WharfError {
    const { host } = this.#url;
    return new WharfError('deadline-exceeded', `${host} ${what}`, { facts: { host } });
  }
}
