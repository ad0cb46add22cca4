import { BlockList, isIP } from 'node:net';
import { InvalidArgumentError, printable } from '@wharf/core';

/** What the operator lets builds reach although it is private: hosts, hosts with a port, networks. */
export class AllowList {
  readonly #nets = new BlockList();
  readonly #hosts = new Set<string>();

  /** @throws InvalidArgumentError for an entry that is none of these */
  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry.trim().toLowerCase(), entry);
  }

  hasHost(hostname: string, port: number): boolean {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    return this.#hosts.has(name) || this.#hosts.has(`${name} ${port}`) || this.hasAddress(name);
  }

  hasAddress(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#nets.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }

  #add(text: string, entry: string): void {
    if (text.includes('/') || isIP(text) !== 0) return this.#addNet(text, entry);
    const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_][a-z0-9._-]*))(?::(\d{1,5}))?$/.exec(text);
    const host = found?.[1] ?? found?.[2];
    const port = found?.[3];
    const badAddress = found?.[1] !== undefined && isIP(found[1]) !== 6;
    if (host === undefined || badAddress || Number(port ?? 1) > 65_535) throw invalid(entry);
    this.#hosts.add(port === undefined ? host : `${host} ${Number(port)}`);
  }

  #addNet(text: string, entry: string): void {
    const slash = text.indexOf('/');
    const address = slash < 0 ? text : text.slice(0, slash);
    const version = isIP(address);
    const most = version === 6 ? 128 : 32;
    const digits = slash < 0 ? String(most) : text.slice(slash + 1);
    if (version === 0 || !/^\d{1,3}$/.test(digits) || Number(digits) > most) throw invalid(entry);
    this.#nets.addSubnet(address, Number(digits), version === 6 ? 'ipv6' : 'ipv4');
  }
}

function invalid(entry: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `invalid entry ${printable(entry)} of allow-private: write it as HOST, HOST:PORT or ADDRESS/BITS`,
  );
}
