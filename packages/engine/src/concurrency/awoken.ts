import { CancelledError, type CallOptions } from '@wharf/core';

/**
 * Hands out a function and resolves when it is called. Rejects with cancelled when the signal has fired or fires first.
 * No listener stays on the signal.
 */
export function awoken(arm: (wake: () => void) => void, { signal }: CallOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new CancelledError(undefined, { cause: signal.reason }));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    arm(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
