import { maxExpandedLength, maxSteps } from '../limits.js';

/** What the expansions of one plan may take together, so that no text can make them slow or large. */
export class Budget {
  #steps = maxSteps;
  #length = maxExpandedLength;

  /** What was taken so far. */
  get steps(): number {
    return maxSteps - this.#steps;
  }

  /** Comparisons of characters, copies of entries. @returns false when they are too many */
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
