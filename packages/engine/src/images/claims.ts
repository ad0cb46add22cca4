import { randomUUID } from 'node:crypto';
import { CancelledError, type CallOptions } from '@wharf/core';
import type { Digest } from '@wharf/oci';
import type { SharedLock } from '../concurrency/shared-lock.js';
import type { LeaseOptions, Leases } from '../leases/leases.js';

/** A lease while somebody works under it. Disposing of it leaves the lease to the next try; fulfil ends it. */
export interface Claim extends Disposable {
  /**
   * Claims more digests. Only what is looked up after this resolved is safe from a collection: look, then claim, and
   * the bytes may be gone in between (R22).
   */
  hold(digests: readonly Digest[], options: CallOptions): Promise<void>;
  /** A record reaches everything now. The lease goes when nobody else works under it. */
  fulfil(): void;
  /** Nobody will go on with it: the lease goes as with fulfil, and what it held with the next collection. */
  abandon(): void;
}

/** Work whose next try begins anew: nobody can go on with what it held. */
export type Once =
  'build' | 'commit' | 'convert' | 'diff' | 'import' | 'load' | 'push' | 'save' | 'verify';

/** Leases that several can work under at once, as when one image is pulled twice. */
export class Claims {
  readonly #leases: Leases;
  readonly #collection: SharedLock;
  readonly #workers = new Map<string, number>();

  /** @param collection is held shared while claims are written, exclusively by the collection */
  constructor(leases: Leases, collection: SharedLock) {
    this.#leases = leases;
    this.#collection = collection;
  }

  /** For a short look that must see one state of the store: nothing is collected until it is disposed of. */
  steady(options: CallOptions): Promise<AsyncDisposable> {
    return this.#collection.shared(options);
  }

  /** A claim of its own, which no other try finds. Its lease goes when it ends, or with the daemon. */
  openOnce(kind: Once): Claim {
    const claim = this.#open(`${kind} ${randomUUID()}`, { lasting: false });
    return { ...claim, [Symbol.dispose]: () => claim.abandon() };
  }

  /** Nothing expires while somebody works under it. */
  renew(): void {
    this.#leases.renew(this.#workers.keys());
  }

  /** A claim that the next try under the same name goes on with, within a day. */
  open(name: string): Claim {
    return this.#open(name, {});
  }

  #open(name: string, lease: LeaseOptions): Claim {
    this.#workers.set(name, (this.#workers.get(name) ?? 0) + 1);
    let working = true;
    const leave = (): void => {
      if (working) this.#leave(name);
      working = false;
    };
    const end = (): void => {
      if (!working) return;
      leave();
      if (!this.#workers.has(name)) this.#leases.release(name, lease);
    };
    return {
      hold: async (digests, options) => {
        await using _ = await this.#collection.shared(options);
        if (!working) throw new CancelledError(`the work on ${name} is over`);
        this.#leases.hold(name, digests, lease);
      },
      fulfil: end,
      abandon: end,
      [Symbol.dispose]: leave,
    };
  }

  #leave(name: string): void {
    const others = (this.#workers.get(name) ?? 1) - 1;
    if (others === 0) this.#workers.delete(name);
    else this.#workers.set(name, others);
  }
}
