import { attribute, decodeAttributes, u32 } from './attributes.js';
import * as c from './constants.js';
import { broadcastOf, parsePrefix, prefixText } from './ip.js';
import { AF_INET, AF_INET6 } from '@wharf/linux/native';
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_REPLACE, type Message, type Request } from './message.js';

const addressHeader = 8;

/** An address of a link as the kernel tells it. */
export interface LinkAddress {
  readonly index: number;
  /** With prefix length. */
  readonly address: string;
  readonly scope: number;
}

/** One that is there already stays. IPv6 is good at once, without duplicate address detection. */
export function addAddress(index: number, cidr: string): Request {
  return addressRequest(c.RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, cidr);
}

/** EADDRNOTAVAIL when there is no such. */
export function deleteAddress(index: number, cidr: string): Request {
  return addressRequest(c.RTM_DELADDR, 0, index, cidr);
}

function addressRequest(type: number, flags: number, index: number, cidr: string): Request {
  const prefix = parsePrefix(cidr);
  const header = Buffer.alloc(addressHeader);
  header.writeUInt8(prefix.family, 0);
  header.writeUInt8(prefix.length, 1);
  header.writeUInt32LE(index, 4);
  const parts = [
    header,
    attribute(c.IFA_LOCAL, prefix.bytes),
    attribute(c.IFA_ADDRESS, prefix.bytes),
  ];
  const broadcast = broadcastOf(prefix);
  if (broadcast !== undefined) parts.push(attribute(c.IFA_BROADCAST, broadcast));
  if (prefix.family === AF_INET6) parts.push(u32(c.IFA_FLAGS, c.IFA_F_NODAD));
  return { type, flags, body: Buffer.concat(parts), subject: `address ${cidr}` };
}

/** Of all links. */
export function getAddresses(): Request {
  return {
    type: c.RTM_GETADDR,
    flags: NLM_F_DUMP,
    body: Buffer.alloc(addressHeader),
    subject: 'addresses',
  };
}

/** undefined for other messages. */
export function decodeAddress({ type, body }: Message): LinkAddress | undefined {
  if (type !== c.RTM_NEWADDR || body.length < addressHeader) return undefined;
  const attributes = decodeAttributes(body.subarray(addressHeader));
  const bytes = attributes.get(c.IFA_LOCAL) ?? attributes.get(c.IFA_ADDRESS);
  if (bytes === undefined) return undefined;
  const family = body.readUInt8(0) === AF_INET6 ? AF_INET6 : AF_INET;
  return {
    index: body.readUInt32LE(4),
    address: prefixText({ family, bytes, length: body.readUInt8(1) }),
    scope: body.readUInt8(3),
  };
}
