import { BlockList, isIP } from 'node:net';
import { InvalidArgumentError } from '@wharf/core';

/** A set of CIDR blocks. */
export class Nets {
  readonly #list = new BlockList();
  readonly empty: boolean;

  /** @throws InvalidArgumentError for what is no CIDR block */
  constructor(blocks: readonly string[] = []) {
    this.empty = blocks.length === 0;
    for (const block of blocks) {
      const parsed = parseCidr(block);
      if (parsed === undefined) {
        throw new InvalidArgumentError(
          `invalid network ${JSON.stringify(block.slice(0, 80))}: write it as ADDRESS/BITS`,
        );
      }
      this.#list.addSubnet(parsed.address, parsed.bits, parsed.family);
    }
  }

  /** False for what is no address. */
  has(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#list.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }
}

export interface Cidr {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** `ADDRESS/BITS`; undefined for anything else. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const address = text.slice(0, slash);
  const digits = text.slice(slash + 1);
  const version = slash < 0 ? 0 : isIP(address);
  if (version === 0 || !/^\d{1,3}$/.test(digits)) return undefined;
  const bits = Number(digits);
  if (bits > (version === 6 ? 128 : 32)) return undefined;
  return { address, bits, family: version === 6 ? 'ipv6' : 'ipv4' };
}
