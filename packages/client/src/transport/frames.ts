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

/**
 * Cuts what a connection brings into frames. DATA is handed on in the pieces in which it came, except that what follows
 * one another in the same piece is moved together there: a server's frames are small where a stream's bytes are many.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  /** Data of one stream, not yet handed on, between these places of the bytes now being read. */
  #run: { readonly streamId: number; readonly start: number; end: number } | undefined;
  #pending: Buffer = Buffer.alloc(0);
  #data: { streamId: number; left: number; padding: number; endStream: boolean } | undefined;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** The bytes are the reader's from now on: data is moved in them. */
  push(bytes: Buffer): void {
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    let at = 0;
    for (;;) {
      const rest = all.subarray(at);
      const taken = this.#data === undefined ? this.#takeFrame(rest, all) : this.#takeData(all, at);
      if (taken === 0) break;
      at += taken;
    }
    this.#flush(all);
    this.#pending = all.subarray(at);
  }

  /** Hands on what was moved together. */
  #flush(all: Buffer): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    const bytes = all.subarray(run.start, run.end);
    const { streamId } = run;
    this.#sink.onData({ streamId, bytes, flowed: bytes.length, endStream: false });
  }

  #takeFrame(bytes: Buffer, all: Buffer): number {
    if (bytes.length < headerBytes) return 0;
    const length = bytes.readUIntBE(0, 3);
    const type = bytes.readUInt8(3);
    const frameFlags = bytes.readUInt8(4);
    const streamId = bytes.readUInt32BE(5) % 2 ** 31;
    if (type === frameTypes.data) {
      const plain = (frameFlags & (flags.padded | flags.endStream)) === 0 && length > 0;
      if (!plain || this.#run?.streamId !== streamId) this.#flush(all);
      return this.#beginData(bytes, length, frameFlags, streamId);
    }
    this.#flush(all);
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

  #takeData(all: Buffer, at: number): number {
    const data = this.#data;
    if (data === undefined || at === all.length) return 0;
    if (data.left === 0) {
      const skipped = Math.min(data.padding, all.length - at);
      data.padding -= skipped;
      this.#endData();
      return skipped;
    }
    const length = Math.min(data.left, all.length - at);
    data.left -= length;
    if (data.endStream) {
      const bytes = all.subarray(at, at + length);
      const endStream = data.left === 0;
      this.#sink.onData({ streamId: data.streamId, bytes, flowed: length, endStream });
    } else {
      this.#join(all, at, length, data.streamId);
    }
    this.#endData();
    return length;
  }

  #join(all: Buffer, at: number, length: number, streamId: number): void {
    const run = this.#run;
    if (run === undefined) {
      this.#run = { streamId, start: at, end: at + length };
      return;
    }
    all.copyWithin(run.end, at, at + length);
    run.end += length;
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
