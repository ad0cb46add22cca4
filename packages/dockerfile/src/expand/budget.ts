import { maxExpandedLength, maxPatternSteps } from '../limits.js';

/** What the expansions of one plan may take together, so that no text can make them slow or large. */
export class Budget {
  #steps = maxPatternSteps;
  #length = maxExpandedLength;

  /** Comparisons that patterns took. */
  get steps(): number {
    return maxPatternSteps - this.#steps;
  }

  /** @returns false when too many comparisons were made */
  spendSteps(count: number): boolean {
    this.#steps -= count;
    return this.#steps >= 0;
  }

  /** @returns false when too much was written */
  spendLength(length: number): boolean {
    this.#length -= length;
    return this.#length >= 0;
  }
}
