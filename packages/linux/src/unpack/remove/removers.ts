import { Gate } from '../gate.js';
import type { WorkerSetup } from '../run-worker.js';
import { RemoverThread } from './remover-thread.js';

const width = 2;
/** Starting a thread costs 35 ms, which a `run --rm` would feel; an idle one costs memory. */
const idleMs = 15_000;

/** Threads that delete trees, kept for a while after use. */
export class Removers implements AsyncDisposable {
  readonly #setup: WorkerSetup;
  readonly #gate = new Gate(width);
  readonly #idle: RemoverThread[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
  }

  async remove(path: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await using _ = await this.#gate.enter({ signal });
    const thread = this.#idle.pop() ?? new RemoverThread(this.#setup);
    try {
      await thread.remove(path, { signal });
    } finally {
      if (thread.alive) this.#keep(thread);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#idle.splice(0).map((thread) => thread.end()));
  }

  #keep(thread: RemoverThread): void {
    this.#idle.push(thread);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this[Symbol.asyncDispose](), idleMs).unref();
  }
}
