import { isIPv4, isIPv6 } from 'node:net';
import { InvalidArgumentError } from '@wharf/core';
import { AF_INET, AF_INET6 } from '@wharf/linux/native';

/** An address as the kernel has it. */
export interface IpBytes {
  readonly family: typeof AF_INET | typeof AF_INET6;
  /** 4 or 16, in network order. */
  readonly bytes: Buffer;
}

/** An address with the length of its network. */
export interface IpPrefix extends IpBytes {
  readonly length: number;
}

/** invalid-argument for anything but an IPv4 or IPv6 address without a zone. */
export function parseIp(address: string): IpBytes {
  if (isIPv4(address)) return { family: AF_INET, bytes: fourBytes(address) };
  if (isIPv6(address) && !address.includes('%')) {
    return { family: AF_INET6, bytes: sixteenBytes(address) };
  }
  throw new InvalidArgumentError(`${JSON.stringify(address)} is not an IP address`);
}

/** `ADDRESS/LENGTH`; without a length it is that of one host. Bits after the length stay. */
export function parsePrefix(cidr: string): IpPrefix {
  const [address = '', length, ...rest] = cidr.split('/');
  const ip = parseIp(address);
  const most = ip.bytes.length * 8;
  if (length === undefined) return { ...ip, length: most };
  if (rest.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > most) {
    throw new InvalidArgumentError(`${JSON.stringify(cidr)} has no prefix length up to ${most}`);
  }
  return { ...ip, length: Number(length) };
}

/** The bits after the length are zero. */
export function networkOf({ family, bytes, length }: IpPrefix): IpPrefix {
  const masked = Buffer.from(bytes);
  for (let index = 0; index < masked.length; index++) {
    const kept = Math.min(8, Math.max(0, length - index * 8));
    masked[index] = (masked[index] ?? 0) & (0xff00 >> kept) & 0xff;
  }
  return { family, bytes: masked, length };
}

/** The usual text; of IPv6 as RFC 5952 has it. '' when the length is neither 4 nor 16. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return '';
  const words = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  const host = new URL(`http://[${words.join(':')}]`).hostname;
  return host.slice(1, -1);
}

export function prefixText({ bytes, length }: IpPrefix): string {
  return `${ipText(bytes)}/${length}`;
}

/** The last address of an IPv4 network; undefined where there is none of its own (/31, /32, IPv6). */
export function broadcastOf({ family, bytes, length }: IpPrefix): Buffer | undefined {
  if (family !== AF_INET || length > 30) return undefined;
  const out = Buffer.alloc(4);
  out.writeUInt32BE((bytes.readUInt32BE(0) | (0xffffffff >>> length)) >>> 0);
  return out;
}

function fourBytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function sixteenBytes(address: string): Buffer {
  const last = address.slice(address.lastIndexOf(':') + 1);
  const plain = isIPv4(last)
    ? address.slice(0, -last.length) + pairs(fourBytes(last)).join(':')
    : address;
  const [before = '', after] = plain.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const out = Buffer.alloc(16);
  [...head, ...(after === undefined ? [] : zeros), ...tail].forEach((word, index) => {
    out.writeUInt16BE(parseInt(word, 16), index * 2);
  });
  return out;
}

function pairs(bytes: Buffer): string[] {
  return [bytes.readUInt16BE(0).toString(16), bytes.readUInt16BE(2).toString(16)];
}
