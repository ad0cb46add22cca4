import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import {
  isWharfError,
  localNetworks,
  metadataNetworks,
  NotFoundError,
  privateNetworks,
  UnavailableError,
  WharfError,
} from '@wharf/core';
import { cancellation } from '../fault.js';
import { AllowList } from './allow-list.js';

export interface Place {
  /** Without the brackets of IPv6. */
  readonly hostname: string;
  readonly port: number;
}

/**
 * Decides where builds may connect to: not to this host, its link, private networks or metadata services, by any name or
 * form of an address (CWE-918). Names are resolved here alone, and the caller connects to what was resolved, so that a
 * second answer of a name server leads nowhere else.
 */
export class Guard {
  readonly #refused = new BlockList();
  readonly #allowed: AllowList;

  constructor(allowPrivate: readonly string[]) {
    this.#allowed = new AllowList(allowPrivate);
    for (const net of [...localNetworks, ...metadataNetworks, ...privateNetworks]) {
      const [address = '', bits = ''] = net.split('/');
      this.#refused.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
    }
  }

  /** Whether the address is private, or one of this host's own. */
  isPrivate(address: string): boolean {
    const bare = address.split('%')[0] ?? address;
    const version = isIP(bare);
    if (version === 0 || this.#refused.check(bare, version === 6 ? 'ipv6' : 'ipv4')) return true;
    const own = new BlockList();
    for (const found of Object.values(networkInterfaces()).flat()) {
      const [plain] = found?.address.split('%') ?? [];
      if (plain !== undefined) own.addAddress(plain, found?.family === 'IPv6' ? 'ipv6' : 'ipv4');
    }
    return own.check(bare, version === 6 ? 'ipv6' : 'ipv4');
  }

  /**
   * The addresses of a host, in the order of the resolver; only these may be connected to.
   * @throws permission-denied when one of them is private; not-found, unavailable
   */
  async addresses(
    place: Place,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<readonly string[]> {
    const { hostname } = place;
    if (isIP(hostname) !== 0) {
      this.#check(place, hostname);
      return [hostname];
    }
    const found = await resolved(hostname, signal, timeoutMs);
    for (const address of found) this.#check(place, address);
    return found;
  }

  /** The part of the check that needs no resolver, for what a proxy looks up. @throws permission-denied */
  checkName(place: Place): void {
    const name = place.hostname.toLowerCase().replace(/\.$/, '');
    if (isIP(name) !== 0) return this.#check(place, name);
    if (!/^(?:0x[\da-f]*|\d+)$/.test(name.slice(name.lastIndexOf('.') + 1)) && !isLocal(name))
      return;
    if (!this.#allowed.hasHost(name, place.port)) throw refused(place, name);
  }

  #check(place: Place, address: string): void {
    if (!this.isPrivate(address) || this.#allowed.hasAddress(address)) return;
    if (!this.#allowed.hasHost(place.hostname, place.port)) throw refused(place, address);
  }
}

function isLocal(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

async function resolved(
  hostname: string,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<readonly string[]> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(late(hostname, signal));
  limited.addEventListener('abort', stop, { once: true });
  if (limited.aborted) stop();
  try {
    const found = await Promise.race([lookup(hostname, { all: true }), promise]);
    if (found.length === 0) throw new NotFoundError('host', hostname);
    return found.map(({ address }) => address);
  } catch (error) {
    if (isWharfError(error)) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTFOUND') throw new NotFoundError('host', hostname, { cause: error });
    const text = `${hostname}: the name server does not answer, try again`;
    throw new UnavailableError(text, { cause: error, facts: { host: hostname } });
  } finally {
    limited.removeEventListener('abort', stop);
  }
}

function late(hostname: string, signal: AbortSignal): WharfError {
  if (signal.aborted) return cancellation(signal);
  return new WharfError(
    'deadline-exceeded',
    `${hostname}: the name server does not answer in time`,
  );
}

function refused({ hostname, port }: Place, address: string): WharfError {
  const where = hostname === address ? '' : ` (${address})`;
  return new WharfError(
    'permission-denied',
    `${hostname}:${port}${where} is at a private address: builds may not connect to it, the daemon's build.allow-private can name it`,
    { facts: { host: hostname, address } },
  );
}
