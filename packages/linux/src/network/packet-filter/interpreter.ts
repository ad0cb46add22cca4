import type { Native, NativeHandle, NetworkNamespace, NftAnswer } from '@wharf/linux/native';
import { errnoOf, refusalOf } from '../netlink/errors.js';
import { spawnNft } from './spawn-nft.js';

/** How many processes' changes are remembered as ours. */
const rememberedProcesses = 64;

/** Runs commands of nft one at a time: by its library in this process, else by its program. */
export class Interpreter {
  readonly #native: Native;
  readonly #namespace: NetworkNamespace | null;
  readonly #ports = new Set<number>();
  #library: Promise<NativeHandle | undefined> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(native: Native, namespace: NetworkNamespace | null) {
    this.#native = native;
    this.#namespace = namespace;
  }

  async run(commands: string, json: boolean, signal: AbortSignal): Promise<NftAnswer> {
    const turn = this.#last.then(async () => {
      signal.throwIfAborted();
      this.#library ??= this.#open();
      const library = await this.#library;
      if (library !== undefined) return this.#native.nftRun(library, commands, json);
      return spawnNft(this.#native, commands, json, (pid) => this.#remember(pid));
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Whether a change that the kernel told of, with the netlink port of who made it, was ours. */
  made(port: number): boolean {
    return this.#ports.has(port);
  }

  async close(): Promise<void> {
    await this.#last;
    this.#library = undefined;
  }

  /** undefined where the library is missing. */
  async #open(): Promise<NativeHandle | undefined> {
    try {
      const { context, portIds } = await this.#native.nftOpen(this.#namespace);
      for (const port of portIds) this.#ports.add(port);
      return context;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      this.#library = undefined;
      throw refusalOf(error, 'nftables');
    }
  }

  /** The first netlink socket of a process has its pid for a port. */
  #remember(pid: number): void {
    this.#ports.add(pid);
    const [oldest] = this.#ports;
    if (this.#ports.size > rememberedProcesses && oldest !== undefined) this.#ports.delete(oldest);
  }
}
