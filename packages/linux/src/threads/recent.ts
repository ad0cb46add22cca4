interface Held<T> {
  readonly answer: T;
  readonly weight: number;
}

/** Of all that is held, one answer may have so much. */
const largestShare = 1 / 4;

/**
 * Answers that never change, so that a thread is not asked for them again. Those that nobody has wanted for longest go when all
 * weigh too much.
 */
export class Recent<T> {
  readonly #held = new Map<string, Held<T>>();
  readonly #most: number;
  #weight = 0;

  /** @param most weight of all, in whatever unit answers are weighed */
  constructor(most: number) {
    this.#most = most;
  }

  get(question: string): T | undefined {
    const found = this.#held.get(question);
    if (found === undefined) return undefined;
    this.#held.delete(question);
    this.#held.set(question, found);
    return found.answer;
  }

  /** Not kept when it weighs more than a quarter of what all may. */
  set(question: string, answer: T, weight: number): void {
    this.#drop(question);
    if (weight > this.#most * largestShare) return;
    this.#held.set(question, { answer, weight });
    this.#weight += weight;
    for (const oldest of this.#held.keys()) {
      if (this.#weight <= this.#most) return;
      this.#drop(oldest);
    }
  }

  clear(): void {
    this.#held.clear();
    this.#weight = 0;
  }

  #drop(question: string): void {
    this.#weight -= this.#held.get(question)?.weight ?? 0;
    this.#held.delete(question);
  }
}
