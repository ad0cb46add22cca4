import type { WharfError } from './errors.js';

export interface BodyWatchLimits {
  /** A side that is waited for may be silent for so long. */
  readonly idleMs: number;
  /** A body slower than `minRate` bytes a second over `minRateWindowMs` of waiting is given up. */
  readonly minRate: number;
  readonly minRateWindowMs: number;
}

export interface WatchedBody<Fault extends WharfError> {
  readonly host: string;
  /** Whether the other side sends or takes the body. */
  readonly verb: 'sends' | 'takes';
  /** Of code deadline-exceeded. */
  readonly fault: (text: string, more: { readonly facts: { readonly host: string } }) => Fault;
  /** Ends the exchange with this fault. */
  readonly end: (fault: Fault) => void;
}

const past = { sends: 'sent', takes: 'took' } as const;

/**
 * Watches one direction of a body over silence, and over a trickle that never pauses long enough to be
 * silence. Time counts only between `wait` and `moved`, while the other side is waited for.
 */
export class BodyWatch<Fault extends WharfError> implements Disposable {
  readonly #limits: BodyWatchLimits;
  readonly #watched: WatchedBody<Fault>;
  readonly #timer: NodeJS.Timeout;
  #waiting = false;
  #since = 0;
  #windowMs = 0;
  #windowBytes = 0;

  constructor(limits: BodyWatchLimits, watched: WatchedBody<Fault>) {
    this.#limits = limits;
    this.#watched = watched;
    this.#timer = setTimeout(() => this.#silent(), limits.idleMs);
  }

  wait(): void {
    this.#waiting = true;
    this.#since = performance.now();
    this.#timer.refresh();
  }

  /** @throws the fault below the least rate */
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

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #silent(): void {
    if (!this.#waiting) return;
    const { end, verb } = this.#watched;
    end(this.#fault(`${past[verb]} nothing for ${this.#limits.idleMs / 1000} s`));
  }

  #fault(what: string): Fault {
    const { host, fault } = this.#watched;
    return fault(`${host} ${what}`, { facts: { host } });
  }
}
