import { CancelledError } from '@wharf/core';

/** Lets a number of callers through at once; the others wait in order. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = Math.max(1, width);
  }

  /** Resolves when it is the caller's turn; disposing the pass lets the next one in. */
  async enter({ signal }: { readonly signal: AbortSignal }): Promise<AsyncDisposable> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    let inside = true;
    return {
      [Symbol.asyncDispose]: () => {
        if (inside) this.#leave();
        inside = false;
        return Promise.resolve();
      },
    };
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject((signal.reason as Error | undefined) ?? new CancelledError());
      };
      this.#waiting.push(turn);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
