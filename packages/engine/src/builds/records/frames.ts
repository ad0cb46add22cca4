import type { BuildFrame } from '@wharf/core';
import { FrameQueue } from '../../concurrency/frame-queue.js';
import { Notifier } from '../../events/notifier.js';

/** Bytes of logs that wait for a slow reader; what is beyond them is in the log of the build alone. */
const maxLogBytes = 16 * 1024 * 1024;
/** Bytes of outputs that are made before the reader has taken the ones before. */
const maxOutputBytes = 1024 * 1024;

/** Frames on their way from one build to its reader, bounded. */
export class BuildFrames {
  readonly #queue = new FrameQueue<BuildFrame>();
  readonly #taken = new Notifier();
  #logBytes = 0;
  #outputBytes = 0;

  push(frame: BuildFrame): void {
    if (frame.kind === 'log') {
      if (this.#logBytes + frame.data.byteLength > maxLogBytes) return;
      this.#logBytes += frame.data.byteLength;
    }
    if (frame.kind === 'progress')
      this.#queue.push(frame, `progress ${frame.stepId} ${frame.name}`);
    else this.#queue.push(frame);
  }

  /** Resolves when there is room for the next output. */
  async output(frame: Extract<BuildFrame, { kind: 'output' }>, signal: AbortSignal): Promise<void> {
    while (this.#outputBytes > maxOutputBytes) {
      const ticket = this.#taken.ticket();
      if (this.#outputBytes > maxOutputBytes) await this.#taken.wait(ticket, { signal });
      signal.throwIfAborted();
    }
    this.#outputBytes += frame.data.byteLength;
    this.#queue.push(frame);
  }

  async *read(signal: AbortSignal): AsyncGenerator<BuildFrame, void, undefined> {
    for await (const frame of this.#queue.read(signal)) {
      yield frame;
      if (frame.kind === 'log') this.#logBytes -= frame.data.byteLength;
      if (frame.kind !== 'output') continue;
      this.#outputBytes -= frame.data.byteLength;
      this.#taken.notify();
    }
  }

  end(): void {
    this.#queue.end();
  }
}
