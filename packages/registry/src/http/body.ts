import { ResourceExhaustedError } from '@wharf/core';
import { maxSmallBody } from '../config.js';
import { cancellation, PassingFault } from '../fault.js';
import type { HttpAnswer, Transport } from './transport.js';

/**
 * The parts of a body as they arrive. Time counts only while the server is waited for, never while the
 * consumer works. Leaving the loop early closes the connection.
 */
export async function* readBody(
  answer: HttpAnswer,
  transport: Transport,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { body, url } = answer;
  const watch = new Watch(answer, transport);
  try {
    const parts: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
    for (;;) {
      watch.wait();
      const next = await parts.next();
      watch.arrived(next.done === true ? 0 : next.value.length);
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    if (signal.aborted) throw cancellation(signal);
    throw transport.explain(error, url);
  } finally {
    watch.stop();
    body.destroy();
  }
}

/** @throws ResourceExhaustedError past `limit` bytes */
export async function readAll(
  answer: HttpAnswer,
  transport: Transport,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of readBody(answer, transport, signal)) {
    size += part.length;
    if (size > limit) {
      throw new ResourceExhaustedError(
        `${answer.url.host}: the answer is larger than ${limit} bytes`,
        { facts: { host: answer.url.host } },
      );
    }
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

/**
 * The body of an answer that is an error or of no interest, as far as it goes within 64 KiB and the time limits:
 * reading it keeps the connection usable. Fails only when aborted.
 */
export async function readSmall(
  answer: HttpAnswer,
  transport: Transport,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    return await readAll(answer, transport, maxSmallBody, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

/** Watches over silence and over a trickle that never pauses long enough to be silence. */
class Watch {
  readonly #answer: HttpAnswer;
  readonly #transport: Transport;
  readonly #timer: NodeJS.Timeout;
  #waiting = false;
  #since = 0;
  #windowMs = 0;
  #windowBytes = 0;

  constructor(answer: HttpAnswer, transport: Transport) {
    this.#answer = answer;
    this.#transport = transport;
    this.#timer = setTimeout(() => this.#silent(), transport.limits.idleMs);
  }

  wait(): void {
    this.#waiting = true;
    this.#since = performance.now();
    this.#timer.refresh();
  }

  arrived(bytes: number): void {
    this.#waiting = false;
    this.#windowMs += performance.now() - this.#since;
    this.#windowBytes += bytes;
    const { minRate, minRateWindowMs } = this.#transport.limits;
    if (this.#windowMs < minRateWindowMs) return;
    if (this.#windowBytes < (minRate * this.#windowMs) / 1000) {
      throw this.#fault(`sends less than ${minRate} bytes a second`);
    }
    this.#windowMs = 0;
    this.#windowBytes = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #silent(): void {
    if (!this.#waiting) return;
    const seconds = this.#transport.limits.idleMs / 1000;
    this.#answer.body.destroy(this.#fault(`sent nothing for ${seconds} s`));
  }

  #fault(what: string): PassingFault {
    const { host } = this.#answer.url;
    return new PassingFault('deadline-exceeded', `${host} ${what}`, { facts: { host } });
  }
}
