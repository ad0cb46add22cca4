import { bufferOf } from '@wharf/api';
import { FailedPreconditionError, InternalError } from '@wharf/core';
import { encodeFrameHeader, flags, frameTypes } from './frames.js';

/** Bytes that are put together for one write to the connection. */
const batchBytes = 512 * 1024;
/** Frames of so much are written as they are. */
const aloneBytes = 64 * 1024;
const defaultWindow = 65_535;
const defaultFrameSize = 16_384;

interface Write {
  bytes: Uint8Array;
  readonly end: boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Outgoing {
  window: number;
  write: Write | undefined;
}

/** What waits to be sent: DATA frames as far as the windows of the streams and of the connection allow (RFC 9113, 5.2). */
export class OutgoingFlow {
  readonly #put: (bytes: Buffer) => boolean;
  readonly #streams = new Map<number, Outgoing>();
  #initialWindow = defaultWindow;
  #window = defaultWindow;
  #congested = false;
  maxFrameSize = defaultFrameSize;

  /** `put` hands bytes to the connection; false: wait until `drained`. */
  constructor(put: (bytes: Buffer) => boolean) {
    this.#put = put;
  }

  add(id: number): void {
    this.#streams.set(id, { window: this.#initialWindow, write: undefined });
  }

  /** What was waiting is given up. */
  remove(id: number): void {
    const write = this.#streams.get(id)?.write;
    this.#streams.delete(id);
    write?.reject(ended());
  }

  write(id: number, bytes: Uint8Array, end: boolean): Promise<void> {
    const stream = this.#streams.get(id);
    if (stream === undefined) return Promise.reject(ended());
    if (stream.write !== undefined) {
      return Promise.reject(new InternalError('a write began before the one before it was done'));
    }
    return new Promise((resolve, reject) => {
      stream.write = { bytes, end, resolve, reject };
      this.#advance(id, stream);
    });
  }

  widen(id: number, bytes: number): void {
    if (id === 0) {
      this.#window += bytes;
      this.#advanceAll();
      return;
    }
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.window += bytes;
    this.#advance(id, stream);
  }

  /** 6.9.2: what changes the initial window changes the open ones by the same. */
  setInitialWindow(bytes: number): void {
    for (const stream of this.#streams.values()) stream.window += bytes - this.#initialWindow;
    this.#initialWindow = bytes;
    this.#advanceAll();
  }

  drained(): void {
    this.#congested = false;
    this.#advanceAll();
  }

  #advanceAll(): void {
    for (const [id, stream] of this.#streams) this.#advance(id, stream);
  }

  #advance(id: number, stream: Outgoing): void {
    const { write } = stream;
    if (write === undefined) return;
    while (!this.#congested) {
      const batch = this.#nextBatch(id, stream, write);
      if (batch === undefined) return;
      for (const bytes of batch.parts) this.#congested = !this.#put(bytes);
      if (batch.last) {
        stream.write = undefined;
        write.resolve();
        return;
      }
    }
  }

  /** Frames for as much as may go now; undefined when the windows are shut. */
  #nextBatch(
    id: number,
    stream: Outgoing,
    write: Write,
  ): { readonly parts: readonly Buffer[]; readonly last: boolean } | undefined {
    const parts: Uint8Array[] = [];
    let room = batchBytes;
    let last = false;
    while (!last && room > 0) {
      const size = Math.min(
        write.bytes.length,
        stream.window,
        this.#window,
        this.maxFrameSize,
        room,
      );
      if (size <= 0 && write.bytes.length > 0) break;
      last = size === write.bytes.length;
      const frameFlags = last && write.end ? flags.endStream : 0;
      parts.push(encodeFrameHeader(size, frameTypes.data, frameFlags, id));
      parts.push(write.bytes.subarray(0, size));
      write.bytes = write.bytes.subarray(size);
      stream.window -= size;
      this.#window -= size;
      room -= size;
    }
    return parts.length === 0 ? undefined : { parts: joined(parts), last };
  }
}

/** Small ones together: a write costs as much as copying some tens of kilobytes. */
function joined(parts: readonly Uint8Array[]): readonly Buffer[] {
  if (parts.some(({ length }) => length >= aloneBytes)) return parts.map(bufferOf);
  return [Buffer.concat(parts)];
}

function ended(): FailedPreconditionError {
  return new FailedPreconditionError('the call has ended: nothing more can be sent');
}
