import { closeSync } from 'node:fs';
import type { Transport } from '@wharf/api/shim';

/** What the owner of an accepted connection is told. */
export interface ConnectionHandler {
  receive(chunk: Uint8Array): void;
  closed(): void;
}

/** Reads a pipe or a terminal as the kernel has bytes; reads nothing ahead of `read`. */
export interface ByteReader {
  /** undefined at the end. A terminal whose other side is gone (EIO) has ended. */
  read(): Promise<Uint8Array | undefined>;
  /** Ends a waiting `read` and closes the descriptor. Idempotent. */
  close(): void;
}

export interface ByteWriter {
  /** Resolves when the kernel has the bytes. Rejects with EPIPE when nobody can read them. */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes the descriptor. Idempotent. */
  close(): void;
}

export interface Listener {
  /** Resolves when all that was sent on its connections is with the kernel, or they have closed. */
  flushed(): Promise<void>;
}

/** What the shim needs of its JavaScript runtime beyond node:fs. */
export interface Platform {
  /** Serves connections on a unix socket made with mode 0600. */
  listen(path: string, accept: (transport: Transport) => ConnectionHandler): Listener;
  /** Takes over a non-blocking descriptor. `crowded` is called once, when a pipe was found full. */
  reader(fd: number, crowded?: () => void): ByteReader;
  /** `borrowed`: `close` leaves the descriptor itself to its owner. */
  writer(fd: number, options?: { readonly borrowed: boolean }): ByteWriter;
  gzip(bytes: Uint8Array): Uint8Array;
  /** Gives memory back to the kernel. */
  shrink(): void;
}

/** Bytes waiting for a peer at which a sender is told to wait. */
const sendHighWater = 256 * 1024;

/** What a pipe holds unless it was told otherwise (pipe(7)). */
const fullPipe = 64 * 1024;

/** Tells the kernel to hold more for the peer of a socket that much is sent on. */
type Widen = (fd: number) => void;

class SocketTransport implements Transport {
  readonly #socket: Bun.Socket<SocketState>;
  #widen: Widen | undefined;
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #ending = false;
  #closed = false;
  #wake: (() => void)[] = [];
  #flushed: (() => void)[] = [];

  constructor(socket: Bun.Socket<SocketState>, widen: Widen) {
    this.#socket = socket;
    this.#widen = widen;
  }

  send(bytes: Uint8Array): boolean {
    if (this.#closed) return true;
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (this.#waiting.length === 1) this.flush();
    return this.#bytes < sendHighWater;
  }

  drained(): Promise<void> {
    if (this.#closed || this.#bytes < sendHighWater) return Promise.resolve();
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** Resolves when the kernel has all that was sent, or the socket has closed. */
  flushed(): Promise<void> {
    if (this.#bytes === 0) return Promise.resolve();
    return new Promise((resolve) => this.#flushed.push(resolve));
  }

  pause(): void {
    if (!this.#closed) this.#socket.pause();
  }

  resume(): void {
    if (!this.#closed) this.#socket.resume();
  }

  close(): void {
    this.#ending = true;
    if (this.#bytes === 0 && !this.#closed) this.#socket.end();
  }

  /** The socket takes bytes again. */
  flush(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const written = Math.max(this.#socket.write(first), 0);
      this.#bytes -= written;
      if (written < first.length) {
        this.#widen?.(descriptorOf(this.#socket));
        this.#widen = undefined;
        this.#waiting[0] = first.subarray(written);
        break;
      }
      this.#waiting.shift();
    }
    if (this.#bytes < sendHighWater / 2) this.#release();
    if (this.#ending && this.#bytes === 0) this.#socket.end();
  }

  ended(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#bytes = 0;
    this.#release();
  }

  #release(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const each of wake) each();
    if (this.#bytes > 0) return;
    const flushed = this.#flushed;
    this.#flushed = [];
    for (const each of flushed) each();
  }
}

/** Every socket of Bun has it, but the types name it for those of UDP only. */
function descriptorOf(socket: object): number {
  return (socket as { readonly fd: number }).fd;
}

interface SocketState {
  readonly transport: SocketTransport;
  readonly handler: ConnectionHandler;
}

function listen(
  path: string,
  accept: (transport: Transport) => ConnectionHandler,
  widen: Widen,
): Listener {
  const open = new Set<SocketTransport>();
  const umask = process.umask(0o177);
  try {
    Bun.listen<SocketState>({
      unix: path,
      socket: {
        open(socket) {
          const transport = new SocketTransport(socket, widen);
          socket.data = { transport, handler: accept(transport) };
          open.add(transport);
        },
        data: (socket, chunk) => socket.data.handler.receive(chunk),
        drain: (socket) => socket.data.transport.flush(),
        error: () => undefined,
        close(socket) {
          // A connection that failed before it opened has no state.
          const state = socket.data as SocketState | undefined;
          if (state === undefined) return;
          open.delete(state.transport);
          state.transport.ended();
          state.handler.closed();
        },
      },
    });
  } finally {
    process.umask(umask);
  }
  return {
    flushed: async () => void (await Promise.all([...open].map((each) => each.flushed()))),
  };
}

function reader(fd: number, crowded?: () => void): ByteReader {
  // Bun reads a copy of the descriptor, which it closes itself.
  const stream = Bun.file(fd).stream().getReader();
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    void stream.cancel().catch(() => undefined);
    closeSync(fd);
  };
  return {
    close,
    async read() {
      if (closed) return undefined;
      try {
        const { done, value } = await stream.read();
        if (!done) {
          if (value.length >= fullPipe) {
            crowded?.();
            crowded = undefined;
          }
          return value;
        }
      } catch {
        // EIO: the last holder of a terminal's other side has closed it. Whatever else: no more can be read.
      }
      close();
      return undefined;
    },
  };
}

function writer(fd: number, options?: { readonly borrowed: boolean }): ByteWriter {
  const sink = Bun.file(fd).writer();
  let closed = false;
  return {
    async write(bytes) {
      await Promise.all([sink.write(bytes), sink.flush()]);
    },
    close() {
      if (closed) return;
      closed = true;
      if (options?.borrowed !== true) closeSync(fd);
      try {
        void Promise.resolve(sink.end()).catch(() => undefined);
      } catch {
        // EPIPE: what was still buffered has no reader.
      }
    },
  };
}

/** Bun's side of the shim; nothing else in this package names Bun. */
export function bunPlatform(widen: Widen): Platform {
  return {
    listen: (path, accept) => listen(path, accept, widen),
    reader,
    writer,
    gzip: (bytes) => Bun.gzipSync(new Uint8Array(bytes)),
    shrink() {
      Bun.gc(true);
      Bun.shrink();
    },
  };
}
