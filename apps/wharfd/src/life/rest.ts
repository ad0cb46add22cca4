/**
 * The result is called at every sign of life, and is cheap; `run` is called once when none has come for `quietMs`.
 * Keeps no process alive.
 */
export function restAfter(quietMs: number, run: () => void): () => void {
  let last = 0;
  let armed = false;
  const look = (): void => {
    const left = last + quietMs - performance.now();
    if (left > 1) {
      setTimeout(look, left).unref();
      return;
    }
    armed = false;
    run();
  };
  return () => {
    last = performance.now();
    if (armed) return;
    armed = true;
    setTimeout(look, quietMs).unref();
  };
}
