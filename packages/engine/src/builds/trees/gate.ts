/** Tells whether somebody may be writing pieces of trees, and lets nobody begin while all that nothing reaches is removed. */
export class TreeGate {
  #writers = 0;
  #sweep: Promise<unknown> | undefined;

  /** Until it is disposed of, pieces may be there that no tree reaches yet. */
  async enter(): Promise<Disposable> {
    while (this.#sweep !== undefined) await this.#sweep;
    this.#writers += 1;
    let isIn = true;
    return {
      [Symbol.dispose]: () => {
        if (isIn) this.#writers -= 1;
        isIn = false;
      },
    };
  }

  /** @param work is told whether it is alone; those who come meanwhile wait for it then */
  async sweep<T>(work: (alone: boolean) => Promise<T>): Promise<T> {
    if (this.#writers > 0 || this.#sweep !== undefined) return work(false);
    const running = work(true);
    const ended = running.then(
      () => undefined,
      () => undefined,
    );
    this.#sweep = ended;
    try {
      return await running;
    } finally {
      this.#sweep = undefined;
    }
  }
}
