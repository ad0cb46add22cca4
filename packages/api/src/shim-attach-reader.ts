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

/** A frame whose payload is not complete. */
interface Partial {
  readonly head: FrameHead;
  readonly payload: Uint8Array;
  filled: number;
}

/** Output between these places of a chunk. */
interface Run {
  readonly $case: AttachOutput['$case'];
  readonly start: number;
  end: number;
}

/**
 * Cuts such a connection's bytes up. Output is handed on in the pieces in which it arrives, which share memory with
 * what was pushed; frames of one stream that came together are moved together there. It is a stream, so that the
 * bounds of its frames mean nothing.
 */
export class AttachReader {
  readonly #start = new Uint8Array(frameHeaderSize + longestPrefix);
  #filled = 0;
  #frame: Partial | undefined;
  #output: { readonly $case: AttachOutput['$case']; left: number } | undefined;

  /** The chunk is the reader's, and then the parts'. Throws data-loss for a frame that is too large. */
  push(chunk: Uint8Array): AttachPart[] {
    const parts: AttachPart[] = [];
    let run: Run | undefined;
    const flush = () => {
      if (run !== undefined) {
        parts.push({ $case: run.$case, value: chunk.subarray(run.start, run.end) });
      }
      run = undefined;
    };
    for (let at = 0; at < chunk.length;) {
      const output = this.#output;
      if (output === undefined) {
        const frame = this.#takeFrame(chunk.subarray(at));
        at += frame.taken;
        if (frame.whole !== undefined) {
          flush();
          parts.push({ $case: 'frame', value: frame.whole });
        }
        continue;
      }
      const length = Math.min(output.left, chunk.length - at);
      if (run !== undefined && run.$case !== output.$case) flush();
      if (run === undefined) {
        run = { $case: output.$case, start: at, end: at + length };
      } else {
        chunk.copyWithin(run.end, at, at + length);
        run.end += length;
      }
      at += length;
      output.left -= length;
      if (output.left === 0) this.#output = undefined;
    }
    flush();
    return parts;
  }

  /** Anything but output; `whole` when it is complete. */
  #takeFrame(bytes: Uint8Array): { readonly taken: number; readonly whole?: Frame } {
    if (this.#frame !== undefined) return this.#takePayload(bytes, this.#frame);
    const taken = Math.min(this.#wanted() - this.#filled, bytes.length);
    this.#start.set(bytes.subarray(0, taken), this.#filled);
    this.#filled += taken;
    const whole = this.#filled === this.#wanted() ? this.#begin() : undefined;
    return whole === undefined ? { taken } : { taken, whole };
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

  #begin(): Frame | undefined {
    const head = readFrameHead(this.#start);
    const begun = this.#start.subarray(frameHeaderSize, this.#filled);
    this.#filled = 0;
    const prefix = head.type === messageType.data ? outputPrefix(begun, head.length) : undefined;
    if (prefix !== undefined) {
      const left = head.length - prefix.size;
      if (left > 0) this.#output = { $case: prefix.$case, left };
      return undefined;
    }
    const payload = new Uint8Array(head.length);
    payload.set(begun);
    this.#frame = { head, payload, filled: begun.length };
    return this.#finished(this.#frame);
  }

  #takePayload(bytes: Uint8Array, frame: Partial) {
    const taken = Math.min(frame.payload.length - frame.filled, bytes.length);
    frame.payload.set(bytes.subarray(0, taken), frame.filled);
    frame.filled += taken;
    const whole = this.#finished(frame);
    return whole === undefined ? { taken } : { taken, whole };
  }

  #finished(frame: Partial): Frame | undefined {
    if (frame.filled < frame.payload.length) return undefined;
    this.#frame = undefined;
    const { stream, type, flags } = frame.head;
    return { stream, type, flags, payload: frame.payload };
  }
}
