import type { Clock } from '../clock.js';

/** The wall clock is believed again when it differs from our own reckoning by more than this. */
const driftMs = 2;

/** Timestamps that never go back, whatever is done to the wall clock. RFC 3339 with nanoseconds, UTC. */
export class LogClock {
  readonly #clock: Clock;
  #anchorWall = 0;
  #anchorMono = 0;
  #lastMs = 0;
  #lastNanos = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  stamp(): string {
    const mono = this.#clock.monotonic();
    const wall = this.#clock.now();
    if (Math.abs(wall - (this.#anchorWall + mono - this.#anchorMono)) > driftMs) {
      this.#anchorWall = wall;
      this.#anchorMono = mono;
    }
    const exact = this.#anchorWall + mono - this.#anchorMono;
    const ms = Math.floor(exact);
    const nanos = Math.floor((exact - ms) * 1e6);
    if (ms > this.#lastMs || (ms === this.#lastMs && nanos > this.#lastNanos)) {
      this.#lastMs = ms;
      this.#lastNanos = nanos;
    }
    const fraction = String(this.#lastNanos).padStart(6, '0');
    return `${new Date(this.#lastMs).toISOString().slice(0, -1)}${fraction}Z`;
  }
}
