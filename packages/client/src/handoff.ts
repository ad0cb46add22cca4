/** Hands values from one loop to another, one at a time: `put` waits until its value was taken. */
export interface Handoff<T> extends AsyncIterable<T> {
  /** Resolves when the value was taken, or when the reader has left. */
  put(value: T): Promise<void>;
  /** The reader gets what was put, then the end or the failure. */
  end(failure?: Error): void;
}

export function createHandoff<T>(): Handoff<T> {
  let offered: { readonly value: T; readonly taken: () => void } | undefined;
  let ended: { readonly failure: Error | undefined } | undefined;
  let abandoned = false;
  let wake: (() => void) | undefined;

  const next = async (): Promise<IteratorResult<T, undefined>> => {
    for (;;) {
      if (offered !== undefined) {
        const { value, taken } = offered;
        offered = undefined;
        taken();
        return { value, done: false };
      }
      if (ended?.failure !== undefined) throw ended.failure;
      if (ended !== undefined || abandoned) return { value: undefined, done: true };
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };

  return {
    put(value) {
      if (abandoned) return Promise.resolve();
      return new Promise((taken) => {
        offered = { value, taken };
        wake?.();
      });
    },
    end(failure) {
      ended ??= { failure };
      wake?.();
    },
    [Symbol.asyncIterator]: () => ({
      next,
      return() {
        abandoned = true;
        offered?.taken();
        offered = undefined;
        return Promise.resolve({ value: undefined, done: true });
      },
    }),
  };
}
