import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import { proveDead } from './death.js';
import type { ShimDriverOptions } from './options.js';
import { spawnShim, type IdleShim } from './spawn.js';

/** The next one is started when the start that took the last one is mostly over: both would want the processor. */
const refillDelayMs = 20;
const startMs = 20_000;
const nameBytes = 8;

interface Spare {
  readonly directory: string;
  readonly shim: IdleShim;
  /** Its connection has closed: it is gone or going. */
  lost: boolean;
}

/**
 * One idle shim, so that a start need not wait for a process to come up. It lies in a directory below `root`
 * that becomes a bundle, has no mounts of its own yet, and ends with our connection, however we end. No name below
 * `root` comes twice: one that a killed daemon has started may still be coming up when the next daemon starts its own.
 */
export class ShimReserve {
  readonly #options: ShimDriverOptions;
  readonly #root: string;
  #swept = false;
  #spare: Promise<Spare | undefined> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ShimDriverOptions, root: string) {
    this.#options = options;
    this.#root = root;
  }

  /** An idle shim in `bundle`, which exists and is empty. */
  async take(bundle: string, call: CallOptions): Promise<IdleShim> {
    const waiting = this.#spare;
    this.#spare = undefined;
    this.#refillLater();
    const spare = await waiting;
    if (spare === undefined || spare.lost) return spawnShim(this.#options, bundle, call);
    await rename(spare.directory, bundle);
    return spare.shim;
  }

  /** Ends the spare. What a killed daemon left is removed by the next one's first refill. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const spare = await this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) await this.#end(spare);
    await rm(this.#root, { recursive: true, force: true });
  }

  async #end({ shim }: Spare): Promise<void> {
    shim.connection.close();
    await proveDead(shim.identity, this.#options);
  }

  #refillLater(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#spare ??= this.#start().catch(() => undefined);
    }, refillDelayMs);
    this.#timer.unref();
  }

  async #start(): Promise<Spare> {
    if (!this.#swept) await rm(this.#root, { recursive: true, force: true });
    this.#swept = true;
    const directory = join(this.#root, randomBytes(nameBytes).toString('hex'));
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const call = { signal: AbortSignal.timeout(startMs) };
    const shim = await spawnShim(this.#options, directory, call);
    const spare: Spare = { directory, shim, lost: false };
    void shim.connection.closed.then(() => (spare.lost = true));
    return spare;
  }
}
