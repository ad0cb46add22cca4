import {
  frameHeaderSize,
  messageType,
  readFrameHead,
  type Frame,
  type FrameHead,
} from './ttrpc/frame.js';

import { outputPrefix, type AttachOutput } from './shim-attach.js';

/** The longest prefix of output: the key and five bytes of length. */
const longestPrefix = 6;

/** What comes of a connection that carries one AttachTask call: some output, or any other frame, whole. */
export type AttachPart = AttachOutput | { readonly $case: 'frame'; readonly value: Frame };

/**
 * Cuts such a connection's bytes up. Output is handed on in the pieces in which it arrives, which share memory with
 * what was pushed: it is a stream, so that the bounds of its frames mean nothing.
 */
export class AttachReader {
  readonly #start = new Uint8Array(frameHeaderSize + longestPrefix);
  #filled = 0;
  #frame: { readonly head: FrameHead; readonly payload: Uint8Array; filled: number } | undefined;
  #output: { readonly $case: AttachOutput['$case']; left: number } | undefined;

  /** Throws data-loss for a frame that is too large. */
  push(chunk: Uint8Array): AttachPart[] {
    const parts: AttachPart[] = [];
    for (let rest = chunk; rest.length > 0;) rest = this.#take(rest, parts);
    return parts;
  }

  #take(bytes: Uint8Array, parts: AttachPart[]): Uint8Array {
    if (this.#output !== undefined) return this.#takeOutput(bytes, this.#output, parts);
    if (this.#frame !== undefined) return this.#takePayload(bytes, this.#frame, parts);
    const size = Math.min(this.#wanted() - this.#filled, bytes.length);
    this.#start.set(bytes.subarray(0, size), this.#filled);
    this.#filled += size;
    if (this.#filled === this.#wanted()) this.#begin(parts);
    return bytes.subarray(size);
  }

  /** Bytes after which it can be told what the frame is, and none of the stream's own: those were a piece of two or so. */
  #wanted(): number {
    const filled = this.#filled;
    if (filled < frameHeaderSize) return frameHeaderSize;
    const { type, length } = readFrameHead(this.#start);
    if (type !== messageType.data) return frameHeaderSize;
    const most = frameHeaderSize + Math.min(length, longestPrefix);
    // The length ends with the first byte below 0x80, the key is no part of it.
    const open = filled < frameHeaderSize + 2 || (this.#start[filled - 1] ?? 0) >= 0x80;
    return open ? Math.min(filled + 1, most) : filled;
  }

  #begin(parts: AttachPart[]): void {
    const head = readFrameHead(this.#start);
    const begun = this.#start.subarray(frameHeaderSize, this.#filled);
    this.#filled = 0;
    const prefix = head.type === messageType.data ? outputPrefix(begun, head.length) : undefined;
    if (prefix === undefined) {
      const payload = new Uint8Array(head.length);
      payload.set(begun);
      this.#frame = { head, payload, filled: begun.length };
      this.#finish(this.#frame, parts);
      return;
    }
    const value = Uint8Array.from(begun.subarray(prefix.size));
    if (value.length > 0) parts.push({ $case: prefix.$case, value });
    const left = head.length - begun.length;
    if (left > 0) this.#output = { $case: prefix.$case, left };
  }

  #takeOutput(
    bytes: Uint8Array,
    output: { readonly $case: AttachOutput['$case']; left: number },
    parts: AttachPart[],
  ): Uint8Array {
    const value = bytes.subarray(0, output.left);
    parts.push({ $case: output.$case, value });
    output.left -= value.length;
    if (output.left === 0) this.#output = undefined;
    return bytes.subarray(value.length);
  }

  #takePayload(
    bytes: Uint8Array,
    frame: { readonly head: FrameHead; readonly payload: Uint8Array; filled: number },
    parts: AttachPart[],
  ): Uint8Array {
    const size = Math.min(frame.payload.length - frame.filled, bytes.length);
    frame.payload.set(bytes.subarray(0, size), frame.filled);
    frame.filled += size;
    this.#finish(frame, parts);
    return bytes.subarray(size);
  }

  #finish(
    frame: { readonly head: FrameHead; readonly payload: Uint8Array; filled: number },
    parts: AttachPart[],
  ): void {
    if (frame.filled < frame.payload.length) return;
    this.#frame = undefined;
    const { stream, type, flags } = frame.head;
    parts.push({ $case: 'frame', value: { stream, type, flags, payload: frame.payload } });
  }
}
