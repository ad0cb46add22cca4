import { DataLossError } from '@wharf/core';

/** Bytes of a frame header: length (u32), stream id (u32), type (u8), flags (u8), big endian (containerd/ttrpc PROTOCOL.md). */
export const frameHeaderSize = 10;
const headerSize = frameHeaderSize;

/** The largest payload of one frame; ttrpc's own limit. */
export const maxMessageSize = 4 * 1024 * 1024;

export const messageType = { request: 1, response: 2, data: 3 } as const;

/** remoteClosed: the sender sends no more on this stream. remoteOpen: the sender will send data. noData: the payload is to be ignored. */
export const flag = { remoteClosed: 1, remoteOpen: 2, noData: 4 } as const;

export interface FrameHead {
  readonly stream: number;
  readonly type: number;
  readonly flags: number;
}

export interface Frame extends FrameHead {
  readonly payload: Uint8Array;
}

/** What a frame's first ten bytes say. Throws data-loss when it is too large to be a frame. */
export function readFrameHead(header: Uint8Array): FrameHead & { readonly length: number } {
  const view = viewOf(header);
  const [type, flags] = [view.getUint8(8), view.getUint8(9)];
  return { stream: view.getUint32(4), type, flags, length: payloadLength(header) };
}

/** The bytes of one frame, whose payload is given in parts. They are copied. */
export function encodeFrame(head: FrameHead, ...parts: readonly Uint8Array[]): Uint8Array {
  return encodeFrameStart(head, parts, 0);
}

/** The same without the last `missing` bytes of the payload, which are to follow. */
export function encodeFrameStart(
  head: FrameHead,
  parts: readonly Uint8Array[],
  missing: number,
): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(headerSize + length);
  writeHeader(bytes, head, length + missing);
  let at = headerSize;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function writeHeader(target: Uint8Array, frame: FrameHead, length: number): void {
  const view = viewOf(target);
  view.setUint32(0, length);
  view.setUint32(4, frame.stream);
  view.setUint8(8, frame.type);
  view.setUint8(9, frame.flags);
}

/**
 * Cuts a byte stream into frames, however the bytes arrive; every payload is a copy of its own. Memory is bounded by
 * one frame: a header that announces more than `maxMessageSize` throws data-loss, after which the stream cannot be
 * read on.
 */
export class FrameReader {
  readonly #header = new Uint8Array(headerSize);
  #headerFill = 0;
  #payload: Uint8Array | undefined;
  #payloadFill = 0;

  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#payload === undefined ? this.#takeHeader(rest) : this.#takePayload(rest);
      const frame = this.#finished();
      if (frame !== undefined) frames.push(frame);
    }
    return frames;
  }

  /** True in the middle of a frame: a stream that ends here was torn. */
  get torn(): boolean {
    return this.#headerFill > 0;
  }

  #takeHeader(bytes: Uint8Array): Uint8Array {
    const size = Math.min(headerSize - this.#headerFill, bytes.length);
    this.#header.set(bytes.subarray(0, size), this.#headerFill);
    this.#headerFill += size;
    if (this.#headerFill === headerSize) {
      this.#payload = new Uint8Array(payloadLength(this.#header));
      this.#payloadFill = 0;
    }
    return bytes.subarray(size);
  }

  #takePayload(bytes: Uint8Array): Uint8Array {
    const payload = this.#payload as Uint8Array;
    const size = Math.min(payload.length - this.#payloadFill, bytes.length);
    payload.set(bytes.subarray(0, size), this.#payloadFill);
    this.#payloadFill += size;
    return bytes.subarray(size);
  }

  #finished(): Frame | undefined {
    const payload = this.#payload;
    if (payload === undefined || this.#payloadFill < payload.length) return undefined;
    const view = viewOf(this.#header);
    this.#payload = undefined;
    this.#headerFill = 0;
    return { stream: view.getUint32(4), type: view.getUint8(8), flags: view.getUint8(9), payload };
  }
}

function payloadLength(header: Uint8Array): number {
  const length = viewOf(header).getUint32(0);
  if (length <= maxMessageSize) return length;
  throw new DataLossError(`ttrpc frame of ${length} bytes is over the limit of ${maxMessageSize}`);
}

function viewOf(header: Uint8Array): DataView {
  return new DataView(header.buffer, header.byteOffset, headerSize);
}
