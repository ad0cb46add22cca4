import { DataLossError } from '@wharf/core';

/** RFC 9113, section 6. */
export const frameTypes = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** RFC 9113, section 7. */
export const errorCodes = { none: 0, protocol: 1, refusedStream: 7, cancel: 8 } as const;

const headerBytes = 9;
/** Bound of frames that are collected before they are looked at: all but DATA. */
const maxCollected = 256 * 1024;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export interface FrameSink {
  /** A part of a DATA frame, as it came: `last` with the frame's last part, `flowed` is what it takes of the window. */
  onData(part: {
    readonly streamId: number;
    readonly bytes: Buffer;
    readonly flowed: number;
    readonly endStream: boolean;
  }): void;
  /** Any other frame, whole, without padding. */
  onFrame(frame: Frame): void;
}

export function encodeFrame(
  type: number,
  frameFlags: number,
  streamId: number,
  payload: Uint8Array,
): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  writeFrameHeader(frame, payload.length, type, frameFlags, streamId);
  frame.set(payload, headerBytes);
  return frame;
}

/** The nine bytes before a payload of `length`. */
export function encodeFrameHeader(
  length: number,
  type: number,
  frameFlags: number,
  streamId: number,
): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  writeFrameHeader(header, length, type, frameFlags, streamId);
  return header;
}

function writeFrameHeader(
  target: Buffer,
  length: number,
  type: number,
  frameFlags: number,
  streamId: number,
): void {
  target.writeUIntBE(length, 0, 3);
  target[3] = type;
  target[4] = frameFlags;
  target.writeUInt32BE(streamId, 5);
}

/** Cuts what a connection brings into frames. DATA is handed on in the pieces in which it came, without a copy. */
export class FrameReader {
  readonly #sink: FrameSink;
  #pending: Buffer = Buffer.alloc(0);
  #data: { streamId: number; left: number; padding: number; endStream: boolean } | undefined;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  push(bytes: Buffer): void {
    let rest = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const taken = this.#data === undefined ? this.#takeFrame(rest) : this.#takeData(rest);
      if (taken === 0) break;
      rest = rest.subarray(taken);
    }
    this.#pending = rest;
  }

  #takeFrame(bytes: Buffer): number {
    if (bytes.length < headerBytes) return 0;
    const length = bytes.readUIntBE(0, 3);
    const type = bytes.readUInt8(3);
    const frameFlags = bytes.readUInt8(4);
    const streamId = bytes.readUInt32BE(5) % 2 ** 31;
    if (type === frameTypes.data) return this.#beginData(bytes, length, frameFlags, streamId);
    if (length > maxCollected) throw new DataLossError('the server sent a frame that is too large');
    if (bytes.length < headerBytes + length) return 0;
    const body = bytes.subarray(headerBytes, headerBytes + length);
    const payload = type === frameTypes.headers ? headerBlock(body, frameFlags) : body;
    this.#sink.onFrame({ type, flags: frameFlags, streamId, payload });
    return headerBytes + length;
  }

  #beginData(bytes: Buffer, length: number, frameFlags: number, streamId: number): number {
    const padded = (frameFlags & flags.padded) !== 0;
    const prefix = padded ? 1 : 0;
    if (bytes.length < headerBytes + prefix) return 0;
    const padding = padded ? bytes.readUInt8(headerBytes) : 0;
    const left = length - prefix - padding;
    if (left < 0) throw new DataLossError('the server sent a frame with wrong padding');
    const endStream = (frameFlags & flags.endStream) !== 0;
    this.#data = { streamId, left, padding, endStream };
    const flowed = prefix + padding;
    if (left === 0) {
      this.#sink.onData({ streamId, bytes: Buffer.alloc(0), flowed, endStream });
    } else if (flowed > 0) {
      this.#sink.onData({ streamId, bytes: Buffer.alloc(0), flowed, endStream: false });
    }
    this.#endData();
    return headerBytes + prefix;
  }

  #takeData(bytes: Buffer): number {
    const data = this.#data;
    if (data === undefined || bytes.length === 0) return 0;
    if (data.left === 0) {
      const skipped = Math.min(data.padding, bytes.length);
      data.padding -= skipped;
      this.#endData();
      return skipped;
    }
    const part = bytes.subarray(0, data.left);
    data.left -= part.length;
    const endStream = data.left === 0 && data.endStream;
    this.#sink.onData({ streamId: data.streamId, bytes: part, flowed: part.length, endStream });
    this.#endData();
    return part.length;
  }

  #endData(): void {
    if (this.#data?.left === 0 && this.#data.padding === 0) this.#data = undefined;
  }
}

/** 6.2: padding and priority stand before the block itself. */
function headerBlock(body: Buffer, frameFlags: number): Buffer {
  const padded = (frameFlags & flags.padded) !== 0;
  const start = (padded ? 1 : 0) + ((frameFlags & flags.priority) !== 0 ? 5 : 0);
  const end = body.length - (padded ? (body[0] ?? 0) : 0);
  if (start > end) throw new DataLossError('the server sent a frame with wrong padding');
  return body.subarray(start, end);
}
