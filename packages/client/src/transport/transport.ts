import { CancelledError, UnavailableError } from '@wharf/core';
import type { Closable } from '@wharf/core';
import { abortFailure, Call } from './call.js';
import type { CallSettings } from './call.js';
import type { Dial } from './channel.js';
import { Connection } from './connection.js';

const maxAttempts = 3;

/** Makes calls to one daemon over as few connections as do; connects when needed, and anew after a loss. */
export interface Transport extends Closable {
  call(path: string, settings: CallSettings): Promise<Call>;
}

export interface TransportOptions {
  readonly dial: Dial;
  /** The HTTP/2 authority. */
  readonly authority: string;
  /** Makes an error of connecting into one that says what to do. */
  explain(error: unknown): Error;
}

export function createTransport({ dial, authority, explain }: TransportOptions): Transport {
  const connections = new Set<Connection>();
  const closed = new AbortController();
  let dialling: Promise<Connection> | undefined;

  const dialled = async (): Promise<Connection> => {
    try {
      const connection = await Connection.open(dial, {
        onIdle: () => connection.hold(false),
      });
      connections.add(connection);
      connection.hold(false);
      if (closed.signal.aborted) connection.close();
      return connection;
    } catch (error) {
      throw explain(error);
    } finally {
      dialling = undefined;
    }
  };

  const usable = (): Connection | undefined => {
    for (const connection of connections) {
      if (connection.usable) return connection;
      if (connection.idle) connections.delete(connection);
    }
    return undefined;
  };

  return {
    async call(path, settings) {
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        if (settings.signal.aborted) throw abortFailure(settings.signal);
        if (closed.signal.aborted) throw new UnavailableError('the client is closed');
        const connection = usable() ?? (await leavable((dialling ??= dialled()), settings.signal));
        if (!connection.usable) continue;
        connection.hold(true);
        return new Call(connection, path, authority, settings);
      }
      throw new UnavailableError('the daemon closes connections as soon as they are made');
    },
    close() {
      closed.abort(new CancelledError('the client is closed'));
      for (const connection of connections) connection.close();
      connections.clear();
      return Promise.resolve();
    },
  };
}

/** The promise, unless the caller leaves first; others may wait for the same. */
function leavable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortFailure(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    promise
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort))
      .catch(() => undefined);
  });
}
