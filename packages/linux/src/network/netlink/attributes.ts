import { InternalError } from '@wharf/core';
import { align } from './message.js';

/** Of struct rtattr, rtnetlink(7). */
const attributeHeader = 4;
const NLA_F_NESTED = 0x8000;
const typeMask = 0x3fff;
const largestValue = 0xffff - attributeHeader;

/** An attribute, ready to be put after others: header, value and padding. */
export function attribute(type: number, value: Uint8Array): Buffer {
  if (value.length > largestValue) {
    throw new InternalError(`a netlink attribute of ${value.length} bytes is too long`);
  }
  const out = Buffer.alloc(align(attributeHeader + value.length));
  out.writeUInt16LE(attributeHeader + value.length, 0);
  out.writeUInt16LE(type, 2);
  out.set(value, attributeHeader);
  return out;
}

/** Attributes inside an attribute. */
export function nested(type: number, ...values: readonly Uint8Array[]): Buffer {
  return attribute(type | NLA_F_NESTED, Buffer.concat(values));
}

export function u8(type: number, value: number): Buffer {
  return attribute(type, Uint8Array.of(value));
}

export function u32(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return attribute(type, bytes);
}

export function u16(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return attribute(type, bytes);
}

/** Text with a closing NUL. */
export function text(type: number, value: string): Buffer {
  return attribute(type, Buffer.from(`${value}\0`));
}

/** The values by their type; of two of one type the last. Throws internal when lengths do not fit. */
export function decodeAttributes(bytes: Uint8Array): ReadonlyMap<number, Buffer> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Map<number, Buffer>();
  for (let offset = 0; offset + attributeHeader <= buffer.length;) {
    const length = buffer.readUInt16LE(offset);
    if (length < attributeHeader || offset + length > buffer.length) {
      throw new InternalError('a netlink attribute is longer than what holds it');
    }
    const type = buffer.readUInt16LE(offset + 2) & typeMask;
    out.set(type, buffer.subarray(offset + attributeHeader, offset + length));
    offset += align(length);
  }
  return out;
}

/** '' when missing. */
export function textOf(value: Uint8Array | undefined): string {
  if (value === undefined) return '';
  const end = value.indexOf(0);
  return Buffer.from(end < 0 ? value : value.subarray(0, end)).toString('utf8');
}

/** undefined when missing or not of 4 bytes. */
export function u32Of(value: Buffer | undefined): number | undefined {
  return value?.length === 4 ? value.readUInt32LE(0) : undefined;
}
