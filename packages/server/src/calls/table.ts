import { UnavailableError } from '@wharf/core';

/** What was told to end has so long to clean up. */
const afterAbortMs = 500;

/** One call while it lasts. */
export interface CallScope {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  leave(): void;
}

/** The calls that are being served, so that a stop can wait for them and end them. */
export interface CallTable {
  /** A `long` call is ended by a stop at once, others are given time. After the stop began every call is refused. */
  enter(long: boolean): CallScope;
  /** Resolves when no call is left: half a second after `graceMs` at the latest, when all were told to end. */
  stop(graceMs: number): Promise<void>;
}

export function createCallTable(): CallTable {
  const controllers = new Map<AbortController, boolean>();
  let stopping = false;
  let onEmpty: (() => void) | undefined;

  const abortAll = (which: (long: boolean) => boolean): void => {
    for (const [controller, long] of controllers) if (which(long)) controller.abort(shuttingDown());
  };

  return {
    enter(long) {
      const controller = new AbortController();
      controllers.set(controller, long);
      if (stopping) controller.abort(shuttingDown());
      return {
        signal: controller.signal,
        abort: (reason) => controller.abort(reason),
        leave() {
          controllers.delete(controller);
          if (controllers.size === 0) onEmpty?.();
        },
      };
    },
    async stop(graceMs) {
      stopping = true;
      const empty = new Promise<void>((resolve) => (onEmpty = resolve));
      if (controllers.size === 0) return;
      abortAll((long) => long);
      const ended = await settledWithin(empty, graceMs);
      if (ended) return;
      abortAll(() => true);
      await settledWithin(empty, afterAbortMs);
    },
  };
}

function shuttingDown(): Error {
  return new UnavailableError('the daemon is shutting down; containers keep running');
}

async function settledWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), ms);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
