import { FailedPreconditionError, InvalidArgumentError, type EndpointSpec } from '@wharf/core';
import { contains, formatAddress, parseAddress, readAddress, type Address } from './address.js';
import { Allocator, readPool } from './ipam.js';
import type { NetworkRecord } from './records.js';
import type { Lease } from './sandbox-record.js';

export interface Given {
  readonly ipv4Address: string;
  readonly ipv6Address: string;
}

/** Who has which address, in all networks; built from the records. */
export class Addresses {
  readonly #networks = new Map<string, readonly Allocator[]>();

  add(network: NetworkRecord): void {
    const { pools } = network.spec.ipam;
    this.#networks.set(
      network.id,
      pools.map((pool) => new Allocator(readPool(pool))),
    );
  }

  drop(networkId: string): void {
    this.#networks.delete(networkId);
  }

  adopt(networkId: string, lease: Lease): void {
    for (const address of of(lease)) this.#holder(networkId, address)?.adopt(address);
  }

  /** What the endpoint asks for, else what it had before, else the next free of each family. All or nothing. */
  give(network: NetworkRecord, asked: EndpointSpec, previous?: Given): Given {
    const given: Address[] = [];
    try {
      const ipv4Address = this.#one(
        network,
        4,
        { asked: asked.ipv4Address, previous: previous?.ipv4Address },
        given,
      );
      const ipv6Address = this.#one(
        network,
        6,
        { asked: asked.ipv6Address, previous: previous?.ipv6Address },
        given,
      );
      return { ipv4Address, ipv6Address };
    } catch (error) {
      for (const address of given) this.#holder(network.id, address)?.release(address);
      throw error;
    }
  }

  takeBack(networkId: string, lease: Given): void {
    for (const address of of(lease)) this.#holder(networkId, address)?.release(address);
  }

  #one(
    network: NetworkRecord,
    family: 4 | 6,
    { asked, previous = '' }: { readonly asked: string; readonly previous: string | undefined },
    given: Address[],
  ): string {
    const pools = (this.#networks.get(network.id) ?? []).filter(
      ({ pool }) => pool.subnet.family === family,
    );
    const wanted = family === 4 ? network.spec.ipv4 : network.spec.ipv6;
    if (pools.length === 0 || !wanted) {
      if (asked === '') return '';
      throw new InvalidArgumentError(
        `network ${network.spec.name} has no IPv${family} subnet: the address ${asked} cannot be given`,
      );
    }
    const address =
      asked === ''
        ? (this.#again(network, previous) ?? allocate(pools))
        : this.#claim(network, family, asked);
    given.push(address);
    return formatAddress(address);
  }

  #again(network: NetworkRecord, text: string): Address | undefined {
    const address = readAddress(text);
    if (address === undefined) return undefined;
    return this.#holder(network.id, address)?.take(address) === true ? address : undefined;
  }

  #claim(network: NetworkRecord, family: 4 | 6, text: string): Address {
    const address = parseAddress(text, `IPv${family} address`);
    const holder = this.#holder(network.id, address);
    if (holder === undefined)
      throw new InvalidArgumentError(
        `invalid address ${text}: it does not belong to any of this network's subnets`,
      );
    holder.claim(address);
    return address;
  }

  #holder(networkId: string, address: Address): Allocator | undefined {
    return (this.#networks.get(networkId) ?? []).find(({ pool }) => contains(pool.subnet, address));
  }
}

function allocate(pools: readonly Allocator[]): Address {
  let last: unknown;
  for (const pool of pools) {
    try {
      return pool.allocate();
    } catch (error) {
      last = error;
    }
  }
  throw last ?? new FailedPreconditionError('the network has no address pool');
}

function of({ ipv4Address, ipv6Address }: Given): readonly Address[] {
  return [ipv4Address, ipv6Address].filter((text) => text !== '').map((text) => parseAddress(text));
}
