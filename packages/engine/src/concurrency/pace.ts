import { setImmediate } from 'node:timers/promises';

/** Longest that work may keep others from the thread, in milliseconds. */
const longestMs = 10;

/** Lets others have the thread where work that never waits for anything has had it for long. */
export class Pace {
  #since = performance.now();

  async keep(): Promise<void> {
    if (performance.now() - this.#since < longestMs) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
