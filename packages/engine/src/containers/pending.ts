import { CancelledError, type ContainerId, type StreamSelection } from '@wharf/core';
import type { Task, TaskStreams } from './ports.js';

interface Waiting {
  readonly streams: StreamSelection;
  readonly resolve: (attached: TaskStreams) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Callers that attached before the container's shim existed. Start hands them over between create and start of the
 * task, so that they see its first byte.
 */
export class PendingAttaches {
  readonly #waiting = new Map<ContainerId, Set<Waiting>>();

  /** Resolves with the streams once the container is being started. */
  wait(id: ContainerId, streams: StreamSelection, signal: AbortSignal): Promise<TaskStreams> {
    return new Promise((resolve, reject) => {
      const all = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, all);
      const entry: Waiting = { streams, resolve, reject };
      all.add(entry);
      signal.addEventListener(
        'abort',
        () => {
          all.delete(entry);
          reject(new CancelledError('the attach was left', { cause: signal.reason }));
        },
        { once: true },
      );
    });
  }

  async handOver(id: ContainerId, task: Task, signal: AbortSignal): Promise<void> {
    const all = [...(this.#waiting.get(id) ?? [])];
    this.#waiting.delete(id);
    for (const { streams, resolve, reject } of all) {
      await task.attach('', streams, { signal }).then(resolve, reject);
    }
  }

  /** The start failed, or the container is gone. */
  refuse(id: ContainerId, error: unknown): void {
    for (const { reject } of this.#waiting.get(id) ?? []) reject(error);
    this.#waiting.delete(id);
  }
}
