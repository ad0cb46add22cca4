import { characterStart } from '../log/encode.js';
import type { LogSink } from '../log/writer.js';

/** Keeps the first `limit` bytes of what is written, both streams together. */
export class Capture implements LogSink {
  readonly droppedBytes = 0n;
  readonly #limit: number;
  readonly #parts: Uint8Array[] = [];
  #size = 0;
  #cut = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  write(_stream: unknown, chunk: Uint8Array): void {
    const room = this.#limit - this.#size;
    if (chunk.length > room) this.#cut = true;
    if (room <= 0) return;
    const part = new Uint8Array(chunk.subarray(0, room));
    this.#parts.push(part);
    this.#size += part.length;
  }

  end(): void {}
  close(): void {}

  /** At most `limit` bytes of UTF-8; ends in "..." when something was cut off. */
  get text(): string {
    const mark = '...';
    const whole = Buffer.concat(this.#parts).toString();
    if (!this.#cut && Buffer.byteLength(whole) <= this.#limit) return whole;
    const bytes = Buffer.from(whole);
    const end = Math.min(bytes.length, this.#limit - mark.length);
    return bytes.toString('utf8', 0, characterStart(bytes, end)) + mark;
  }
}
