import type { Native, WaitStatus } from '@wharf/linux/native';

/** How a process ended; `lost` when its status went to somebody else. */
export type Ended = Pick<WaitStatus, 'code' | 'signal'>;

/** The exit code as shells and Docker write it: 128 + n for signal n. */
export function exitCodeOf(ended: Ended): number {
  if (ended.code !== undefined) return ended.code;
  return ended.signal === undefined ? 255 : 128 + ended.signal;
}

const lost: Ended = { code: undefined, signal: undefined };

/**
 * Collects the shim's children: the runtimes it starts and, as a child subreaper, whatever they leave behind.
 * Call `collect` on SIGCHLD; everything else follows from it.
 */
export class Reaper {
  readonly #native: Pick<Native, 'waitpid'>;
  readonly #exists: (pid: number) => boolean;
  readonly #waiting = new Map<number, (ended: Ended) => void>();
  #held = 0;

  /** `exists` tells whether there is a process with that pid, dead or alive. */
  constructor(native: Pick<Native, 'waitpid'>, exists: (pid: number) => boolean) {
    this.#native = native;
    this.#exists = exists;
  }

  /** Resolves when the child has ended; nobody else may wait for it. */
  wait(pid: number): Promise<Ended> {
    const promise = new Promise<Ended>((resolve) => this.#waiting.set(pid, resolve));
    this.#collectOne(pid);
    return promise;
  }

  /** Until the result is called, children that nobody waits for stay zombies: their pids are about to be learnt. */
  hold(): () => void {
    this.#held++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#held--;
      this.collect();
    };
  }

  collect(): void {
    if (this.#held > 0) {
      for (const pid of this.#waiting.keys()) this.#collectOne(pid);
      return;
    }
    for (let status = this.#next(); status !== null; status = this.#next()) this.#settle(status);
  }

  #next(): WaitStatus | null {
    try {
      return this.#native.waitpid(-1);
    } catch {
      // ECHILD: no children at all.
      for (const pid of this.#waiting.keys()) this.#missing(pid);
      return null;
    }
  }

  #collectOne(pid: number): void {
    try {
      const status = this.#native.waitpid(pid);
      if (status !== null) this.#settle(status);
    } catch {
      this.#missing(pid);
    }
  }

  /**
   * Not our child. A runtime may leave before the process between it and the container's (crun does): then it will
   * be ours in a moment. One that does not exist was collected by somebody else.
   */
  #missing(pid: number): void {
    if (!this.#exists(pid)) this.#settle({ pid, ...lost });
  }

  #settle(status: WaitStatus): void {
    const resolve = this.#waiting.get(status.pid);
    this.#waiting.delete(status.pid);
    resolve?.(status);
  }
}
