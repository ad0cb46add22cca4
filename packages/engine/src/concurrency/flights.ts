import type { CallOptions } from '@wharf/core';
import { CancelledError } from '@wharf/core';

interface Flight<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  passengers: number;
}

/**
 * One piece of work per key, shared by all who ask for it meanwhile. Each may leave by its own signal; the work
 * is aborted when the last one leaves, who waits for its end: so must the work heed its signal.
 */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();
  /** Abandoned work that has not ended yet. */
  readonly #landings = new Map<string, Promise<void>>();

  async join(
    key: string,
    { signal }: CallOptions,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#depart(key, work);
    flight.passengers += 1;
    try {
      return await leaveable(flight.result, signal);
    } finally {
      flight.passengers -= 1;
      if (flight.passengers === 0) await this.#land(key, flight);
    }
  }

  #depart(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const abort = new AbortController();
    const landing = this.#landings.get(key);
    const result =
      landing === undefined
        ? work(abort.signal)
        : landing.then(() => {
            abort.signal.throwIfAborted();
            return work(abort.signal);
          });
    const flight: Flight<T> = { result, abort, passengers: 0 };
    this.#flights.set(key, flight);
    const done = (): void => this.#forget(key, flight);
    result.then(done, done);
    return flight;
  }

  #land(key: string, flight: Flight<T>): Promise<void> | undefined {
    if (this.#flights.get(key) !== flight) return undefined;
    this.#forget(key, flight);
    const ended = (): void => {
      if (this.#landings.get(key) === landing) this.#landings.delete(key);
    };
    const landing = flight.result.then(ended, ended);
    this.#landings.set(key, landing);
    flight.abort.abort(new CancelledError('nobody waits for this any more'));
    return landing;
  }

  #forget(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}

/** `promise`, unless the signal fires first. */
export function leaveable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new CancelledError(undefined, { cause: signal.reason }));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
