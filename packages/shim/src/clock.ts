/** Time and timers, so that tests can hold them. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never jump. */
  monotonic(): number;
  /** Calls once, after at least `ms` (any length); the result cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** setTimeout fires at once beyond this. */
const longest = 2 ** 31 - 1;

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after,
  };
}

function after(ms: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (left: number) => {
    const part = Math.min(Math.max(left, 0), longest);
    timer = setTimeout(() => (left > part ? arm(left - part) : run()), part);
  };
  arm(ms);
  return () => clearTimeout(timer);
}

/** Resolves with true when `work` settles within `ms`, with false otherwise. `work` must not reject. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  let cancel: () => void = () => undefined;
  const late = new Promise<boolean>((resolve) => {
    cancel = clock.after(ms, () => resolve(false));
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    cancel();
  }
}
