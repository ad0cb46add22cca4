import { FailedPreconditionError, InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import type { IpamPool } from '@wharf/core';
import {
  bitsOf,
  contains,
  formatAddress,
  formatCidr,
  overlaps,
  parseAddress,
  parseCidr,
  sizeOf,
  within,
  type Address,
  type Cidr,
  type Family,
} from './address.js';

/** A block from which subnets of one size are cut for networks that name none. */
export interface AddressBlock {
  /** CIDR. */
  readonly base: string;
  /** Prefix length of each subnet. */
  readonly size: number;
}

/** One range of a network, checked and with its gateway. */
export interface Pool {
  readonly subnet: Cidr;
  readonly range: Cidr;
  readonly gateway: Address;
  /** Never given out: gateway, auxiliary ones, the subnet's own and its broadcast address. */
  readonly reserved: ReadonlySet<bigint>;
}

/** Checks one pool by itself; invalid-argument says what does not fit. */
export function readPool(pool: IpamPool): Pool {
  const subnet = parseCidr(pool.subnet);
  if (sizeOf(subnet) < 2n)
    throw new InvalidArgumentError(
      `invalid subnet ${pool.subnet}: too small for a gateway and a container`,
    );
  const range = pool.ipRange === '' ? subnet : parseCidr(pool.ipRange, 'ip-range');
  if (range.family !== subnet.family || !within(subnet, range))
    throw new InvalidArgumentError(
      `invalid ip-range ${pool.ipRange}: not inside the subnet ${pool.subnet}`,
    );
  const ends = endsOf(subnet);
  const inside = (text: string, what: string): Address => {
    const address = parseAddress(text.split('/')[0] ?? '', what);
    if (!contains(subnet, address))
      throw new InvalidArgumentError(
        `invalid ${what} ${text}: not inside the subnet ${pool.subnet}`,
      );
    return address;
  };
  const auxiliary = Object.values(pool.auxAddresses).map((text) => inside(text, 'aux-address'));
  const taken = new Set([...ends, ...auxiliary.map(({ value }) => value)]);
  const gateway =
    pool.gateway === '' ? firstFree(range, subnet, taken) : inside(pool.gateway, 'gateway');
  return { subnet, range, gateway, reserved: new Set([...taken, gateway.value]) };
}

/** As `inspect` shows it. */
export function describePool(asked: IpamPool, pool: Pool): IpamPool {
  return {
    ...asked,
    subnet: formatCidr(pool.subnet),
    ipRange: asked.ipRange === '' ? '' : formatCidr(pool.range),
    gateway: formatAddress(pool.gateway),
  };
}

/** The first subnet of the blocks that overlaps with nothing in `taken`. */
export function pickSubnet(
  blocks: readonly AddressBlock[],
  family: Family,
  taken: readonly Cidr[],
): Cidr {
  for (const block of blocks) {
    const base = parseCidr(block.base, 'address pool');
    if (base.family !== family) continue;
    const step = 1n << BigInt(bitsOf(family) - block.size);
    const end = base.base + sizeOf(base);
    let candidate: Cidr = { family, base: base.base, prefixLength: block.size };
    while (candidate.base + step <= end) {
      const hit = taken.find((other) => overlaps(candidate, other));
      if (hit === undefined) return candidate;
      candidate = { ...candidate, base: nextStart(candidate, hit, base.base, step) };
    }
  }
  throw new ResourceExhaustedError(
    `all predefined address pools have been fully subnetted: name one with --subnet, or give the daemon a further default-address-pool`,
  );
}

/** Behind the obstacle, on the grid of the block. */
function nextStart(candidate: Cidr, hit: Cidr, origin: bigint, step: bigint): bigint {
  const behind = hit.base + sizeOf(hit);
  if (behind <= candidate.base + step) return candidate.base + step;
  const steps = (behind - origin + step - 1n) / step;
  return origin + steps * step;
}

/**
 * Addresses of one pool. Given in a row and from the beginning only after the end, so that an address that was just
 * given back is the last to be given again.
 */
export class Allocator {
  readonly pool: Pool;
  readonly #used = new Set<bigint>();
  #next: bigint;

  constructor(pool: Pool) {
    this.pool = pool;
    this.#next = pool.range.base;
  }

  /** resource-exhausted when none is left. */
  allocate(): Address {
    const { range } = this.pool;
    const size = sizeOf(range);
    const tries = BigInt(this.#used.size + this.pool.reserved.size + 1);
    for (let i = 0n; i < (tries < size ? tries : size); i++) {
      const value = range.base + ((this.#next - range.base + i) % size);
      if (this.#used.has(value) || this.pool.reserved.has(value)) continue;
      this.#used.add(value);
      this.#next = value + 1n;
      return { family: range.family, value };
    }
    throw new ResourceExhaustedError(
      `no available addresses on this pool: all of ${formatCidr(range)} are in use`,
    );
  }

  /** A fixed address; failed-precondition when it is taken or the gateway's. */
  claim(address: Address): void {
    const text = formatAddress(address);
    if (!contains(this.pool.subnet, address))
      throw new InvalidArgumentError(
        `invalid address ${text}: it does not belong to the subnet ${formatCidr(this.pool.subnet)}`,
      );
    if (this.#used.has(address.value) || this.pool.reserved.has(address.value))
      throw new FailedPreconditionError(`address ${text} is already in use: choose another one`);
    this.#used.add(address.value);
  }

  /** One that may be given to anybody, if nobody has it. */
  take(address: Address): boolean {
    const { value } = address;
    const free = !this.#used.has(value) && !this.pool.reserved.has(value);
    if (!free || !contains(this.pool.range, address)) return false;
    this.#used.add(value);
    return true;
  }

  /** What a record says is in use; never throws. */
  adopt(address: Address): void {
    this.#used.add(address.value);
    if (contains(this.pool.range, address)) this.#next = address.value + 1n;
  }

  release(address: Address): void {
    this.#used.delete(address.value);
  }

  get inUse(): number {
    return this.#used.size;
  }
}

/** IPv4 has the network's own and the broadcast address; IPv6 the subnet-router anycast. RFC 3021: not in a /31. */
function endsOf(subnet: Cidr): readonly bigint[] {
  if (sizeOf(subnet) <= 2n) return [];
  const last = subnet.base + sizeOf(subnet) - 1n;
  return subnet.family === 4 ? [subnet.base, last] : [subnet.base];
}

function firstFree(range: Cidr, subnet: Cidr, taken: ReadonlySet<bigint>): Address {
  for (const within of [range, subnet]) {
    const end = within.base + sizeOf(within);
    for (let value = within.base; value < end; value++)
      if (!taken.has(value)) return { family: subnet.family, value };
  }
  throw new InvalidArgumentError(`subnet ${formatCidr(subnet)} has no address left for a gateway`);
}
