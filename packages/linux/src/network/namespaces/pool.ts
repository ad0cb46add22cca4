import type { Native } from '@wharf/linux/native';
import { Space } from './space.js';

/** How many wait for a container. */
const wanted = 2;
/** After the last one was taken, so that a burst of starts is not slowed down by it. */
const idleMs = 250;

/**
 * Namespaces made before anybody asks for them. They are held by descriptors alone, so that none is left when the daemon
 * dies.
 */
export class SpacePool {
  readonly #native: Native;
  readonly #waiting: Space[] = [];
  #filling: Promise<void> | undefined;
  #refill: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(native: Native) {
    this.#native = native;
  }

  /** A prepared one if there is one. The caller disposes of it. */
  async take(): Promise<Space> {
    this.#refill?.refresh();
    return this.#waiting.pop() ?? (await Space.create(this.#native));
  }

  /** Returns at once; from then on it fills itself up again when idle. What fails is tried again by the next call, or noticed by who takes one. */
  fill(): void {
    if (this.#closed) return;
    this.#refill ??= setTimeout(() => this.fill(), idleMs).unref();
    this.#filling ??= this.#make()
      .catch(() => undefined)
      .finally(() => {
        this.#filling = undefined;
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#refill);
    await this.#filling;
    for (const space of this.#waiting.splice(0)) space[Symbol.dispose]();
  }

  async #make(): Promise<void> {
    while (this.#waiting.length < wanted && !this.#closed) {
      this.#waiting.push(await Space.create(this.#native));
    }
  }
}
