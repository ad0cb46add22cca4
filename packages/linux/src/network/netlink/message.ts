import { endianness } from 'node:os';
import { InternalError } from '@wharf/core';

/** struct nlmsghdr, netlink(7). */
export const headerSize = 16;

/** Flags of struct nlmsghdr. */
export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
/** Of an answer: something changed while it was made. */
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;

/** A request before it has a sequence number. `NLM_F_REQUEST` is added, and `NLM_F_ACK` unless it is a dump. */
export interface Request {
  readonly type: number;
  readonly flags: number;
  /** The family's own header and the attributes. */
  readonly body: Uint8Array;
  /** Of what it speaks, for errors: "interface eth0". */
  readonly subject: string;
}

/** A message of the kernel. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Buffer;
}

export function align(size: number): number {
  return (size + 3) & ~3;
}

/** Requests one after another, numbered from `sequence` on, for a single send. */
export function encodeRequests(requests: readonly Request[], sequence: number): Buffer {
  return Buffer.concat(
    requests.map((request, index) => encodeRequest(request, (sequence + index) >>> 0)),
  );
}

function encodeRequest({ type, flags, body }: Request, sequence: number): Buffer {
  const message = Buffer.alloc(align(headerSize + body.length));
  // Of a type that changes things the same bits mean CREATE, EXCL and REPLACE.
  const dumps = type % 4 === 2 && (flags & NLM_F_DUMP) === NLM_F_DUMP;
  const ack = dumps ? 0 : NLM_F_ACK;
  message.writeUInt32LE(headerSize + body.length, 0);
  message.writeUInt16LE(type, 4);
  message.writeUInt16LE(flags | NLM_F_REQUEST | ack, 6);
  message.writeUInt32LE(sequence, 8);
  message.set(body, headerSize);
  return message;
}

/** One message of a receive buffer, its header checked. */
export function decodeMessage(bytes: Uint8Array): Message {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = buffer.length < headerSize ? 0 : buffer.readUInt32LE(0);
  if (length < headerSize || length > buffer.length) {
    throw new InternalError('a netlink message is shorter than its header says');
  }
  return {
    type: buffer.readUInt16LE(4),
    flags: buffer.readUInt16LE(6),
    sequence: buffer.readUInt32LE(8),
    body: buffer.subarray(headerSize, length),
  };
}

/** Netlink speaks the machine's byte order; all machines that Wharf runs on are little-endian. */
export function assertByteOrder(): void {
  if (endianness() !== 'LE') throw new InternalError('netlink is implemented for little-endian');
}
