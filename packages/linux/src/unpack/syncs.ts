import { lstat } from 'node:fs/promises';
import { errnoOf, faultOf } from './apply/faults.js';

interface Next {
  readonly directories: string[];
  readonly done: Promise<void>;
}

/**
 * Brings what was written to the disk, for callers that come one by one: whoever comes while a run is on its way shares
 * the next one with all others who do, for each file system. While it lasts, other layers are unpacked.
 */
export class Syncs {
  readonly #run: (directory: string) => Promise<void>;
  readonly #running = new Map<number, Promise<void>>();
  readonly #next = new Map<number, Next>();

  /** @param run syncs the file system of a directory */
  constructor(run: (directory: string) => Promise<void>) {
    this.#run = run;
  }

  /** What was written before the call, to the file system that the directory is on, is on its disk. */
  async sync(directory: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    try {
      const { dev } = await lstat(directory);
      await unlessAborted(this.#join(dev, directory), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw faultOf(error, directory, 'synced');
    }
  }

  #join(device: number, directory: string): Promise<void> {
    const joined = this.#next.get(device);
    if (joined !== undefined) {
      joined.directories.push(directory);
      return joined.done;
    }
    const running = this.#running.get(device);
    if (running === undefined) return this.#start(device, [directory]);
    const directories = [directory];
    const done = running
      .catch(() => undefined)
      .then(() => {
        this.#next.delete(device);
        return this.#start(device, directories);
      });
    this.#next.set(device, { directories, done });
    return done;
  }

  #start(device: number, directories: readonly string[]): Promise<void> {
    const run = this.#first(directories).finally(() => {
      if (this.#running.get(device) === run) this.#running.delete(device);
    });
    this.#running.set(device, run);
    return run;
  }

  /** One of them will do. A caller that left may have removed its own. */
  async #first([directory = '', ...others]: readonly string[]): Promise<void> {
    try {
      await this.#run(directory);
    } catch (error) {
      if (others.length === 0 || errnoOf(error) !== 'ENOENT') throw error;
      await this.#first(others);
    }
  }
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
