import { DataLossError } from '@wharf/core';

/** Bytes of a frame header: length (u32), stream id (u32), type (u8), flags (u8), big endian (containerd/ttrpc PROTOCOL.md). */
export const headerSize = 10;

/** The largest payload of one frame; ttrpc's own limit. */
export const maxMessageSize = 4 * 1024 * 1024;

export const messageType = { request: 1, response: 2, data: 3 } as const;

/** remoteClosed: the sender sends no more on this stream. remoteOpen: the sender will send data. noData: the payload is to be ignored. */
export const flag = { remoteClosed: 1, remoteOpen: 2, noData: 4 } as const;

export interface Frame {
  readonly stream: number;
  readonly type: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** The bytes of one frame. The payload is copied. */
export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(headerSize + frame.payload.length);
  writeHeader(bytes, frame, frame.payload.length);
  bytes.set(frame.payload, headerSize);
  return bytes;
}

/** Writes a header for `length` bytes of payload at the beginning of `target`. */
export function writeHeader(
  target: Uint8Array,
  frame: { readonly stream: number; readonly type: number; readonly flags: number },
  length: number,
): void {
  const view = new DataView(target.buffer, target.byteOffset, headerSize);
  view.setUint32(0, length);
  view.setUint32(4, frame.stream);
  view.setUint8(8, frame.type);
  view.setUint8(9, frame.flags);
}

const empty = new Uint8Array(0);

/**
 * Cuts a byte stream into frames, however the bytes arrive. Memory is bounded by one frame: a header that
 * announces more than `maxMessageSize` throws data-loss, after which the stream cannot be read on.
 */
export class FrameReader {
  readonly #pending: Uint8Array[] = [];
  #size = 0;

  /** Payloads may share memory with `chunk`: they are valid until its owner reuses it. */
  push(chunk: Uint8Array): Frame[] {
    let rest = this.#join(chunk);
    if (rest === undefined) return [];
    const frames: Frame[] = [];
    for (;;) {
      const length = frameLength(rest);
      if (length === undefined || rest.length < length) break;
      frames.push(decode(rest, length));
      rest = rest.subarray(length);
    }
    // A copy (Buffer.slice would share): the transport may reuse the memory of what it handed over.
    if (rest.length > 0) this.#keep(new Uint8Array(rest));
    return frames;
  }

  /** True in the middle of a frame: a stream that ends here was torn. */
  get torn(): boolean {
    return this.#size > 0;
  }

  #keep(bytes: Uint8Array): void {
    this.#pending.push(bytes);
    this.#size += bytes.length;
  }

  /** All bytes at hand, once they hold a whole frame; undefined while they do not. */
  #join(chunk: Uint8Array): Uint8Array | undefined {
    const first = this.#pending[0];
    if (first === undefined) return chunk;
    const wanted = first.length < headerSize ? undefined : frameLength(first);
    if (wanted !== undefined && this.#size + chunk.length < wanted) {
      this.#keep(new Uint8Array(chunk));
      return undefined;
    }
    const joined = concatenate([...this.#pending, chunk], this.#size + chunk.length);
    this.#pending.length = 0;
    this.#size = 0;
    return joined;
  }
}

function frameLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < headerSize) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  if (length > maxMessageSize) {
    throw new DataLossError(
      `ttrpc frame of ${length} bytes is over the limit of ${maxMessageSize}`,
    );
  }
  return headerSize + length;
}

function decode(bytes: Uint8Array, length: number): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerSize);
  const payload = length === headerSize ? empty : bytes.subarray(headerSize, length);
  return {
    stream: view.getUint32(4),
    type: view.getUint8(8),
    flags: view.getUint8(9),
    payload,
  };
}

function concatenate(parts: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
