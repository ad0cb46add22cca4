/** Collects and gives pages back once it is quiet; for processes that wait for days between two floods. */
export interface Idle {
  /** A sign of life; cheap. */
  touch(): void;
}

const quietMs = 2000;

/** Calls `rest` when nothing has happened for two seconds. Does not keep the process alive. */
export function idleAfter(rest: () => void): Idle {
  let last = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const left = last + quietMs - performance.now();
    timer = left > 1 ? setTimeout(look, left).unref() : undefined;
    if (timer === undefined) rest();
  };
  return {
    touch() {
      last = performance.now();
      timer ??= setTimeout(look, quietMs).unref();
    },
  };
}
