import { setImmediate } from 'node:timers/promises';

/** Longest that work may keep others from the thread, in milliseconds. */
const longestMs = 10;

/** Does work that is cut into parts, and lets others have the thread between them. @throws the reason of an abort */
export async function inTurns<T>(
  work: Iterator<undefined, T, undefined>,
  { signal }: { readonly signal: AbortSignal },
): Promise<T> {
  const pace = new Pace();
  for (;;) {
    signal.throwIfAborted();
    const turn = work.next();
    if (turn.done === true) return turn.value;
    await pace.keep();
  }
}

/** Lets others have the thread where work that never waits for anything has had it for long. */
export class Pace {
  #since = performance.now();

  async keep(): Promise<void> {
    if (performance.now() - this.#since < longestMs) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
