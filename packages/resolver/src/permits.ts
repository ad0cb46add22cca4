import type { ResolverEgress } from '@wharf/api/resolver';
import type { Native } from '@wharf/linux/native';
import type { AddressRecord } from './message.js';

/** Seconds that an address stays reachable at least: a connection is made some time after its name was looked up. */
const shortest = 60;
const longest = 24 * 3600;

/** Notes addresses of allowed names in the packet filter. */
export class Permits {
  readonly #native: Native;
  #filter: ReturnType<Native['nftOpen']> | undefined;

  constructor(native: Native) {
    this.#native = native;
  }

  /** Resolves when packets pass. A set that is no more is nothing to complain of: its container has gone. */
  async add(
    { table, set4, set6 }: ResolverEgress,
    ports: readonly number[],
    addresses: readonly AddressRecord[],
  ): Promise<void> {
    const commands = addresses.flatMap(({ address, family, ttl }) =>
      ports.map((port) => {
        const seconds = Math.min(Math.max(ttl, shortest), longest);
        const element = `${address} . ${port === 0 ? '0-65535' : port} timeout ${seconds}s`;
        const set = family === 4 ? set4 : set6;
        return `add element ${table} ${set} { ${element} }\n`;
      }),
    );
    if (commands.length === 0) return;
    this.#filter ??= this.#native.nftOpen(null);
    const { context } = await this.#filter;
    await this.#native.nftRun(context, commands.join(''), false);
  }
}
