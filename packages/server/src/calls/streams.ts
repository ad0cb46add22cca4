import type { Duplex } from 'node:stream';
import { bufferOf } from '@wharf/api';
import type { ByteStreams } from './handler.js';

/**
 * The one adapter between async iteration and grpc-js's object streams. Writing waits for `drain` when the stream
 * says so; reading asks for the next message only when somebody wants it. After `signal` fires both reject with
 * its reason, whatever grpc-js made of the stream by then.
 */
export function byteStreams(stream: Duplex, signal: AbortSignal): ByteStreams {
  const messages = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
  return {
    requests: {
      async next() {
        try {
          const next = await messages.next();
          if (next.done === true) signal.throwIfAborted();
          return next;
        } catch (error) {
          signal.throwIfAborted();
          throw error;
        }
      },
    },
    async send(message) {
      signal.throwIfAborted();
      if (!stream.write(bufferOf(message))) await drained(stream, signal);
    },
  };
}

function drained(stream: Duplex, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onDrain = (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = (): void => {
      stream.off('drain', onDrain);
      reject(signal.reason as Error);
    };
    stream.once('drain', onDrain);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
