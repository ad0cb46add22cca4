import { Duplex } from 'node:stream';
import { bufferOf } from '@wharf/api';
import type { ByteStreams } from './handler.js';

/**
 * The one adapter between async iteration and grpc-js's object streams. Writing waits for `drain` when the stream
 * says so; reading asks for the next message only when somebody wants it. After `signal` fires both reject with
 * its reason, whatever grpc-js made of the stream by then.
 */
export function byteStreams(stream: Duplex, signal: AbortSignal): ByteStreams {
  const wire = wireOf(stream);
  const send = async (message: Uint8Array): Promise<void> => {
    signal.throwIfAborted();
    if (!stream.write(bufferOf(message))) await drained(stream, signal);
  };
  return {
    requests: received(stream, signal),
    send,
    async sendParts(parts) {
      // What grpc-js still holds back goes first.
      if (wire === undefined || stream.writableLength > 0) return send(Buffer.concat(parts));
      signal.throwIfAborted();
      await written(wire, [messagePrefix(parts), ...parts], signal);
    },
  };
}

/**
 * The messages as they come. Not the stream's own iterator, which destroys the stream when the call fails, and with it
 * what was sent but is not yet written, the status too.
 */
function received(stream: Duplex, signal: AbortSignal): AsyncIterator<Uint8Array, undefined> {
  let wake = (): void => undefined;
  let over = false;
  let listening = false;
  const onEnd = (): void => {
    over = true;
    wake();
  };
  const listen = (): void => {
    listening = true;
    stream.on('readable', () => wake());
    for (const event of ['end', 'close', 'error']) stream.once(event, onEnd);
    signal.addEventListener('abort', onEnd, { once: true });
  };
  return {
    async next() {
      if (!listening) listen();
      for (;;) {
        signal.throwIfAborted();
        const message = stream.read() as Uint8Array | null;
        if (message !== null) return { value: message };
        if (over) return { done: true, value: undefined };
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

/** The HTTP/2 stream of a call, which grpc-js does not show: past its types, and only if it is where it was. */
function wireOf(call: object): Duplex | undefined {
  const stream = (call as { readonly call?: { readonly stream?: unknown } }).call?.stream;
  return stream instanceof Duplex ? stream : undefined;
}

/** Not compressed, and the length (gRPC over HTTP/2, Length-Prefixed-Message). */
function messagePrefix(parts: readonly Uint8Array[]): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(
    parts.reduce((sum, { length }) => sum + length, 0),
    1,
  );
  return prefix;
}

/** Resolves when the kernel has the bytes. */
function written(stream: Duplex, parts: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    const onWritten = (error?: Error | null): void => {
      signal.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else resolve();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    stream.cork();
    parts.forEach((part, index) => {
      stream.write(part, index === parts.length - 1 ? onWritten : undefined);
    });
    stream.uncork();
  });
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
