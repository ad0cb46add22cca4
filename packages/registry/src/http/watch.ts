import type { RegistryLimits } from '../config.js';
import { PassingFault } from '../fault.js';

export interface Watched {
  readonly host: string;
  /** `sends` or `takes`. */
  readonly verb: 'sends' | 'takes';
  /** Ends the exchange with this fault. */
  readonly end: (fault: PassingFault) => void;
}

const past = { sends: 'sent', takes: 'took' } as const;

/**
 * Watches one direction of a body over silence, and over a trickle that never pauses long enough to be
 * silence. Time counts only between `wait` and `moved`, while the other side is waited for.
 */
export class Watch {
  readonly #watched: Watched;
  readonly #limits: RegistryLimits;
  readonly #timer: NodeJS.Timeout;
  #waiting = false;
  #since = 0;
  #windowMs = 0;
  #windowBytes = 0;

  constructor(limits: RegistryLimits, watched: Watched) {
    this.#limits = limits;
    this.#watched = watched;
    this.#timer = setTimeout(() => this.#silent(), limits.idleMs);
  }

  wait(): void {
    this.#waiting = true;
    this.#since = performance.now();
    this.#timer.refresh();
  }

  /** @throws PassingFault below the least rate */
  moved(bytes: number): void {
    this.#waiting = false;
    this.#windowMs += performance.now() - this.#since;
    this.#windowBytes += bytes;
    const { minRate, minRateWindowMs } = this.#limits;
    if (this.#windowMs < minRateWindowMs) return;
    if (this.#windowBytes < (minRate * this.#windowMs) / 1000) {
      throw this.#fault(`${this.#watched.verb} less than ${minRate} bytes a second`);
    }
    this.#windowMs = 0;
    this.#windowBytes = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #silent(): void {
    if (!this.#waiting) return;
    const seconds = this.#limits.idleMs / 1000;
    this.#watched.end(this.#fault(`${past[this.#watched.verb]} nothing for ${seconds} s`));
  }

  #fault(what: string): PassingFault {
    const { host } = this.#watched;
    return new PassingFault('deadline-exceeded', `${host} ${what}`, { facts: { host } });
  }
}
