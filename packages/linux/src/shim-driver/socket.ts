import { closeSync, constants, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { ClientConnection, TaskServiceName, type Transport } from '@wharf/api/shim';
import { CancelledError } from '@wharf/core';

/** The socket's name in the bundle. */
const socketName = 'shim.sock';

/** One connection to a shim. */
export interface ShimConnection {
  readonly client: ClientConnection;
  /** Resolves when it has closed, whoever closed it. */
  readonly closed: Promise<void>;
  close(): void;
}

class SocketTransport implements Transport {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(bytes: Uint8Array): boolean {
    return this.#socket.destroyed || this.#socket.write(bytes);
  }

  drained(): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || !socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.end();
  }
}

/**
 * Connects to the shim of a bundle. Rejects with the system's error (ENOENT, ECONNREFUSED ...).
 * The path goes through a descriptor of the directory, because a socket's name may have 107 bytes only.
 */
export async function openConnection(
  bundle: string,
  options: { readonly signal: AbortSignal },
): Promise<ShimConnection> {
  const directory = openSync(bundle, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const socket = await connected(`/proc/self/fd/${directory}/${socketName}`, options.signal);
    return overSocket(socket);
  } finally {
    closeSync(directory);
  }
}

function connected(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      finish();
    };
    const fail = (error: unknown) =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    const onError = (error: Error) => fail(error);
    const onAbort = () => fail(new CancelledError(undefined, { cause: signal.reason }));
    socket.once('error', onError);
    socket.once('connect', () => settle(() => resolve(socket)));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function overSocket(socket: Socket): ShimConnection {
  const client = new ClientConnection(new SocketTransport(socket), TaskServiceName);
  // Errors of an open connection end in 'close', which is all that matters.
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => client.receive(chunk));
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      client.closed();
      resolve();
    });
  });
  return { client, closed, close: () => void socket.destroy() };
}
