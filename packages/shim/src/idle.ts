import type { Clock } from './clock.js';

const quietMs = 500;

/** The result is called at every sign of life, and is cheap; `run` is called once when none has come for half a second. */
export function idleWatch(clock: Clock, run: () => void): () => void {
  let last = 0;
  let armed = false;
  const look = () => {
    const left = last + quietMs - clock.monotonic();
    if (left > 1) {
      clock.after(left, look);
      return;
    }
    armed = false;
    run();
  };
  return () => {
    last = clock.monotonic();
    if (armed) return;
    armed = true;
    clock.after(quietMs, look);
  };
}
