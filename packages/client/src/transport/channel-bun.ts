import type { Dial } from './channel.js';

/** The part of Bun's own sockets that is used: they start 4 ms sooner than node:net does under Bun. */
interface BunSocket {
  write(bytes: Uint8Array): number;
  end(): void;
  ref(): void;
  unref(): void;
}

interface BunHandlers {
  data(socket: BunSocket, bytes: Uint8Array): void;
  drain(socket: BunSocket): void;
  close(socket: BunSocket, error?: Error): void;
  error(socket: BunSocket, error: Error): void;
}

interface BunSockets {
  connect(options: { readonly unix: string; readonly socket: BunHandlers }): Promise<BunSocket>;
}

/** Bun's sockets, where there are any. */
export function bunSockets(): BunSockets | undefined {
  return (globalThis as { readonly Bun?: BunSockets }).Bun;
}

/** Dials a unix socket on Bun, whose sockets take as many bytes as they can and leave the rest to us. */
export function dialBunUnix(bun: BunSockets, path: string): Dial {
  return async (sink) => {
    const queue: Uint8Array[] = [];
    let closing = false;
    const flush = (socket: BunSocket): boolean => {
      for (let head = queue[0]; head !== undefined; head = queue[0]) {
        const taken = Math.max(0, socket.write(head));
        if (taken < head.length) {
          queue[0] = head.subarray(taken);
          return false;
        }
        queue.shift();
      }
      if (closing) socket.end();
      return true;
    };
    const socket = await bun.connect({
      unix: path,
      socket: {
        data: (_, bytes) => sink.onData(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
        drain: (open) => {
          if (flush(open)) sink.onDrain();
        },
        close: (_, error) => sink.onClose(error),
        error: () => undefined, // close follows
      },
    });
    return {
      write(bytes) {
        queue.push(bytes);
        return queue.length === 1 && flush(socket);
      },
      close() {
        closing = true;
        if (queue.length === 0) socket.end();
      },
      hold: (held) => (held ? socket.ref() : socket.unref()),
    };
  };
}
