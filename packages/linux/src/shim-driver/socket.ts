import { closeSync, constants, openSync } from 'node:fs';
import { connect, type OnReadOpts, type Socket } from 'node:net';
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

export class SocketTransport implements Transport {
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

/** Connects to the shim of a bundle. Rejects with the system's error (ENOENT, ECONNREFUSED ...). */
export async function openConnection(
  bundle: string,
  options: { readonly signal: AbortSignal },
): Promise<ShimConnection> {
  return overSocket(await openSocket(bundle, options));
}

/**
 * The same, as a bare socket; with `onread` it does not emit data.
 * The path goes through a descriptor of the directory, because a socket's name may have 107 bytes only.
 */
export async function openSocket(
  bundle: string,
  { signal, onread }: { readonly signal: AbortSignal; readonly onread?: OnReadOpts },
): Promise<Socket> {
  const directory = openSync(bundle, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const path = `/proc/self/fd/${directory}/${socketName}`;
    return await connected({ path, ...(onread && { onread }) }, signal);
  } finally {
    closeSync(directory);
  }
}

function connected(
  options: { readonly path: string; readonly onread?: OnReadOpts },
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options);
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
