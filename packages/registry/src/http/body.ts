import { ResourceExhaustedError } from '@wharf/core';
import { maxSmallBody } from '../config.js';
import { cancellation } from '../fault.js';
import type { HttpAnswer, Transport } from './transport.js';
import { watchBody } from './watch.js';

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
  const watch = watchBody(transport.limits, {
    host: url.host,
    verb: 'sends',
    end: (fault) => void body.destroy(fault),
  });
  try {
    const parts: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
    for (;;) {
      watch.wait();
      const next = await parts.next();
      watch.moved(next.done === true ? 0 : next.value.length);
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    if (signal.aborted) throw cancellation(signal);
    throw transport.explain(error, url);
  } finally {
    watch[Symbol.dispose]();
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
