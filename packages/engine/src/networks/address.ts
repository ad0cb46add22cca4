import { InvalidArgumentError, printable } from '@wharf/core';

export type Family = 4 | 6;

/** An IPv4 or IPv6 address as a number. */
export interface Address {
  readonly family: Family;
  readonly value: bigint;
}

/** A subnet; the bits behind the prefix are zero. */
export interface Cidr {
  readonly family: Family;
  readonly base: bigint;
  readonly prefixLength: number;
}

export function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

/** Strict dotted decimal (no leading zeros) or RFC 4291 text without zone; undefined for anything else. */
export function readAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  const value = text.includes(':') ? readIpv6(text) : readIpv4(text);
  if (value === undefined) return undefined;
  return { family: text.includes(':') ? 6 : 4, value };
}

/** invalid-argument with `what` in its text. */
export function parseAddress(text: string, what = 'address'): Address {
  const address = readAddress(text);
  if (address === undefined)
    throw new InvalidArgumentError(`invalid ${what}: ${printable(text)} is not an IP address`);
  return address;
}

/** ADDRESS/LENGTH; bits behind the prefix are cut off. invalid-argument with `what` in its text. */
export function parseCidr(text: string, what = 'subnet'): Cidr {
  const cidr = readCidr(text);
  if (cidr === undefined)
    throw new InvalidArgumentError(
      `invalid ${what}: ${printable(text)} is not ADDRESS/PREFIX-LENGTH`,
    );
  return cidr;
}

export function readCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = readAddress(text.slice(0, slash));
  const length = readNumber(text.slice(slash + 1), 128);
  if (address === undefined || length === undefined || length > bitsOf(address.family))
    return undefined;
  return { family: address.family, base: maskOff(address, length), prefixLength: length };
}

/** A route's destination: CIDR, or an address alone. */
export function readDestination(text: string): Cidr | undefined {
  if (text.includes('/')) return readCidr(text);
  const address = readAddress(text);
  if (address === undefined) return undefined;
  return { family: address.family, base: address.value, prefixLength: bitsOf(address.family) };
}

export function formatAddress({ family, value }: Address): string {
  return family === 4 ? formatIpv4(value) : formatIpv6(value);
}

export function formatCidr({ family, base, prefixLength }: Cidr): string {
  return `${formatAddress({ family, value: base })}/${prefixLength}`;
}

/** Addresses in it. */
export function sizeOf({ family, prefixLength }: Cidr): bigint {
  return 1n << BigInt(bitsOf(family) - prefixLength);
}

export function contains(cidr: Cidr, address: Address): boolean {
  if (cidr.family !== address.family) return false;
  return address.value >= cidr.base && address.value < cidr.base + sizeOf(cidr);
}

export function within(outer: Cidr, inner: Cidr): boolean {
  return (
    inner.prefixLength >= outer.prefixLength &&
    contains(outer, { family: inner.family, value: inner.base })
  );
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return within(a, b) || within(b, a);
}

function maskOff({ family, value }: Address, prefixLength: number): bigint {
  const host = BigInt(bitsOf(family) - prefixLength);
  return (value >> host) << host;
}

function readNumber(text: string, limit: number): number | undefined {
  if (text.length === 0 || text.length > 3) return undefined;
  for (const letter of text) if (letter < '0' || letter > '9') return undefined;
  if (text.length > 1 && text.startsWith('0')) return undefined;
  const value = Number(text);
  return value <= limit ? value : undefined;
}

function readIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    const octet = readNumber(part, 255);
    if (octet === undefined) return undefined;
    value = (value << 8n) | BigInt(octet);
  }
  return value;
}

function readIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? readGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

function readGroups(text: string, mayEndInIpv4: boolean): readonly bigint[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: bigint[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const ipv4 = mayEndInIpv4 && index === parts.length - 1 ? readIpv4(part) : undefined;
      if (ipv4 === undefined) return undefined;
      groups.push(ipv4 >> 16n, ipv4 & 0xffffn);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups.length > 8 ? undefined : groups;
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
}

/** RFC 5952: the longest run of two or more zero groups is `::`, the first of equals. */
function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    Number((value >> BigInt(16 * (7 - i))) & 0xffffn),
  );
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start < 0) return hex.join(':');
  const head = hex.slice(0, best.start).join(':');
  const tail = hex.slice(best.start + best.length).join(':');
  return `${head}::${tail}`;
}
