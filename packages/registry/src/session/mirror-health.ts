import { isWharfError } from '@wharf/core';
import type { Endpoint } from '../net/places.js';

const maxRemembered = 1000;

/**
 * Remembers which mirrors cannot be reached, so that each of the requests of a pull need not find out by
 * itself. What a mirror lacks or refuses is no reason to leave it alone.
 */
export class MirrorHealth {
  readonly #restMs: number;
  readonly #now: () => number;
  readonly #until = new Map<string, number>();

  constructor(restMs: number, now: () => number = () => performance.now()) {
    this.#restMs = restMs;
    this.#now = now;
  }

  /** Whether to try it now. */
  isUp({ base, mirror }: Endpoint): boolean {
    const until = mirror ? this.#until.get(base) : undefined;
    return until === undefined || until <= this.#now();
  }

  failed({ base }: Endpoint, error: unknown): void {
    const gone =
      isWharfError(error) && (error.code === 'unavailable' || error.code === 'deadline-exceeded');
    if (!gone) return;
    if (this.#until.size >= maxRemembered) this.#until.clear();
    this.#until.set(base, this.#now() + this.#restMs);
  }
}
