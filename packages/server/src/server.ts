import type { Closable, Engine } from '@wharf/core';
import { serve } from './calls/serve.js';
import { createCallTable } from './calls/table.js';
import { createGrpcServer } from './grpc-server.js';
import { allHandlers } from './handlers.js';
import type { OnConnection } from './listeners/listener.js';
import { listenTls } from './listeners/tls.js';
import type { TlsListener, TlsListenerOptions } from './listeners/tls.js';
import { listenUnix } from './listeners/unix.js';
import type { UnixListenerOptions } from './listeners/unix.js';
import type { Logger } from './logger.js';

const defaultGraceMs = 5_000;

export type ListenerOptions =
  | ({ readonly kind: 'unix' } & UnixListenerOptions)
  | ({ readonly kind: 'tls' } & TlsListenerOptions);

export interface ServerOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly listeners: readonly ListenerOptions[];
  /** How long a stop waits for calls before it cancels them. */
  readonly graceMs?: number;
  /** Told when a call begins and when it ends. */
  readonly onActivity?: () => void;
}

export interface EngineServer extends Closable {
  /** Where it listens, in the order of the options, with the ports that were found free. */
  readonly addresses: readonly string[];
  /** Reads certificates again (SIGHUP). Throws what is wrong with the first that is; its old ones stay in use. */
  reload(): Promise<void>;
}

/**
 * Serves an engine over gRPC. Resolves when all listeners accept; when one cannot, the others are closed again and
 * its failure is thrown. `close` stops accepting, gives calls their grace, cancels what is left and disconnects.
 */
export async function createServer(options: ServerOptions): Promise<EngineServer> {
  const { engine, logger, graceMs = defaultGraceMs, onActivity = () => undefined } = options;
  const calls = createCallTable();
  const grpc = createGrpcServer(allHandlers(), (call, handler) => {
    onActivity();
    const use = { engine, logger, calls, peerOf: (each: typeof call) => grpc.peerOf(each) };
    void serve(call, handler, use).finally(onActivity);
  });
  const listeners = await openAll(options.listeners, {
    logger,
    onConnection: (connection, peer) => grpc.accept(connection, peer),
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()));
    await calls.stop(graceMs);
    grpc.close();
  };
  return {
    addresses: listeners.map(({ address }) => address),
    close: () => (closing ??= close()),
    async reload() {
      for (const listener of listeners) await listener.reload?.();
    },
  };
}

type OpenListener = Pick<TlsListener, 'address' | 'close'> & Partial<Pick<TlsListener, 'reload'>>;

async function openAll(
  options: readonly ListenerOptions[],
  use: { readonly logger: Logger; readonly onConnection: OnConnection },
): Promise<readonly OpenListener[]> {
  await using undo = new AsyncDisposableStack();
  const listeners: OpenListener[] = [];
  for (const each of options) {
    const listener: OpenListener =
      each.kind === 'unix' ? await listenUnix(each, use) : await listenTls(each, use);
    undo.defer(() => listener.close());
    listeners.push(listener);
  }
  undo.move();
  return listeners;
}
