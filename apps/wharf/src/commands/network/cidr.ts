import { addressFamily } from '../spec/addresses.js';

/** A range of addresses; the bits behind the prefix are zero. */
export interface Cidr {
  readonly family: 4 | 6;
  readonly base: bigint;
  readonly bits: number;
}

/** Reads `10.0.0.0/8`, or an address alone as a range of one; undefined for what is neither. */
export function readCidr(text: string): Cidr | undefined {
  const [address = '', length, ...more] = text.split('/');
  const family = addressFamily(address);
  if (family === 0 || more.length > 0) return undefined;
  const most = family === 4 ? 32 : 128;
  const bits = length === undefined ? most : /^[0-9]{1,3}$/.test(length) ? Number(length) : NaN;
  if (!(bits <= most)) return undefined;
  const rest = BigInt(most - bits);
  const value = family === 4 ? valueOf4(address) : valueOf6(address);
  return { family, base: (value >> rest) << rest, bits };
}

/** Whether all of `inner` is in `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  if (outer.family !== inner.family || inner.bits < outer.bits) return false;
  const rest = BigInt((outer.family === 4 ? 32 : 128) - outer.bits);
  return inner.base >> rest === outer.base >> rest;
}

function valueOf4(address: string): bigint {
  return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
}

/** Of an address that is known to be one. */
function valueOf6(address: string): bigint {
  const quad = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)?.[0];
  const tail = quad === undefined ? undefined : valueOf4(quad);
  const text =
    quad === undefined || tail === undefined
      ? address
      : `${address.slice(0, -quad.length)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  const [head = '', rest] = text.split('::');
  const groups = (part: string | undefined): string[] =>
    part === undefined || part === '' ? [] : part.split(':');
  const [before, after] = [groups(head), groups(rest)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce(
    (value, group) => value * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}
