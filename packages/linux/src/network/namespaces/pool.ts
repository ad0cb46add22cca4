import type { Native } from '@wharf/linux/native';
import { Space } from './space.js';

/** How many wait for a container. */
const wanted = 2;

/**
 * Namespaces made before anybody asks for them. They are held by descriptors alone, so that none is left when the daemon
 * dies.
 */
export class SpacePool {
  readonly #native: Native;
  readonly #waiting: Space[] = [];
  #filling: Promise<void> | undefined;
  #closed = false;

  constructor(native: Native) {
    this.#native = native;
  }

  /** A prepared one if there is one. The caller disposes of it. */
  async take(): Promise<Space> {
    return this.#waiting.pop() ?? (await Space.create(this.#native));
  }

  /** Returns at once. What fails is tried again by the next call, or noticed by who takes one. */
  fill(): void {
    if (this.#closed) return;
    this.#filling ??= this.#make()
      .catch(() => undefined)
      .finally(() => {
        this.#filling = undefined;
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#filling;
    for (const space of this.#waiting.splice(0)) space[Symbol.dispose]();
  }

  async #make(): Promise<void> {
    while (this.#waiting.length < wanted && !this.#closed) {
      this.#waiting.push(await Space.create(this.#native));
    }
  }
}
