import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError, FailedPreconditionError, type ContainerId } from '@wharf/core';
import type { ContainerPaths } from './paths.js';
import type { JournalEntry, Task, TaskPort } from './ports.js';
import type { ContainerRecords } from './records.js';

/** What happens to a container when the shim reports it; implemented by `observe`. */
export interface TaskObserver {
  /** Applies one journal entry; entries that are applied already change nothing. */
  onEntry(id: ContainerId, entry: JournalEntry): Promise<void>;
  /** The shim is proved dead; its journal was read to the end. */
  onShimDead(id: ContainerId): Promise<void>;
  /** Not understood; logged. */
  onFault(id: ContainerId, error: unknown): void;
}

const reconnectDelaysMs = [50, 200, 1000, 5000, 15_000];

/** The connected shims, and one follower each that brings their journal into the records. */
export class Tasks {
  readonly #tasks = new Map<ContainerId, Task>();
  readonly #followers = new Map<ContainerId, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #port: TaskPort;
  readonly #records: ContainerRecords;
  readonly #observer: TaskObserver;
  readonly #paths: (id: ContainerId) => ContainerPaths;

  constructor(
    port: TaskPort,
    records: ContainerRecords,
    observer: TaskObserver,
    paths: (id: ContainerId) => ContainerPaths,
  ) {
    this.#port = port;
    this.#records = records;
    this.#observer = observer;
    this.#paths = paths;
  }

  /** From now on the task's journal moves the container's record. */
  follow(id: ContainerId, task: Task): void {
    this.#tasks.set(id, task);
    const follower = this.#run(id, task)
      .catch((error: unknown) => this.#observer.onFault(id, error))
      .finally(() => {
        if (this.#followers.get(id) === follower) this.#followers.delete(id);
      });
    this.#followers.set(id, follower);
  }

  find(id: ContainerId): Task | undefined {
    return this.#tasks.get(id);
  }

  /** failed-precondition with Docker's words unless it runs; unavailable while its shim does not answer. */
  running(id: ContainerId): Task {
    const { state, name } = this.#records.get(id);
    if (state.status !== 'running' && state.status !== 'paused' && state.status !== 'restarting') {
      throw new FailedPreconditionError(`container ${id} is not running`, {
        facts: { container: id, name, status: state.status },
      });
    }
    const task = this.#tasks.get(id);
    if (task === undefined) {
      throw new UnavailableError(`the shim of container ${name} does not answer, try again later`);
    }
    return task;
  }

  /** The task is over: its shim was told to go. */
  forget(id: ContainerId): void {
    this.#tasks.get(id)?.disconnect();
    this.#tasks.delete(id);
  }

  /** Looks for the shim of a container that was running until an answer or proof of its death comes; never gives up on a silent one. */
  async reconnect(id: ContainerId): Promise<'connected' | 'gone' | 'stopped'> {
    for (let attempt = 0; ; attempt++) {
      const state = this.#records.find(id)?.state;
      if (state === undefined || this.#stop.signal.aborted) return 'stopped';
      const shim = 'shim' in state ? state.shim : undefined;
      const result = await this.#port.connect(id, this.#paths(id).bundle, shim, {
        signal: this.#stop.signal,
      });
      if (result.kind === 'gone') return 'gone';
      if (result.kind === 'connected') {
        this.follow(id, result.task);
        return 'connected';
      }
      const delay = reconnectDelaysMs[Math.min(attempt, reconnectDelaysMs.length - 1)];
      await sleep(delay, undefined, { signal: this.#stop.signal, ref: false }).catch(
        () => undefined,
      );
    }
  }

  /** Drops all connections; the shims stay. Resolves when no follower runs any more. */
  async close(): Promise<void> {
    this.#stop.abort(new UnavailableError('the daemon stops'));
    for (const task of this.#tasks.values()) task.disconnect();
    await Promise.allSettled(this.#followers.values());
  }

  async #run(id: ContainerId, task: Task): Promise<void> {
    const { signal } = this.#stop;
    try {
      const from = this.#records.get(id).journalSequence;
      for await (const entry of task.watch(from, { signal }))
        await this.#observer.onEntry(id, entry);
    } catch (error) {
      if (!(error instanceof UnavailableError) && !signal.aborted)
        this.#observer.onFault(id, error);
    }
    if (signal.aborted || this.#tasks.get(id) !== task) return;
    this.#tasks.delete(id);
    const { shimDead } = await task.closed;
    if (!shimDead && (await this.reconnect(id)) !== 'gone') return;
    if (!signal.aborted && this.#records.find(id) !== undefined)
      await this.#observer.onShimDead(id);
  }
}
