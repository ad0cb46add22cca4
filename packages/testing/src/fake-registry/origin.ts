import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FakeTls } from './types.js';

/** One listening server on a loopback port of its own. */
export interface Origin extends AsyncDisposable {
  /** `127.0.0.1:PORT`, as in a reference. */
  readonly host: string;
  /** `http://127.0.0.1:PORT` or https. */
  readonly url: string;
  readonly server: Server;
}

export type Handler = (req: IncomingMessage, res: ServerResponse) => void;

export async function startOrigin(handler: Handler, tls: FakeTls | undefined): Promise<Origin> {
  const server =
    tls === undefined ? createHttpServer(handler) : createHttpsServer(tlsOptions(tls), handler);
  server.on('clientError', (_error, socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    server,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function tlsOptions(tls: FakeTls): Parameters<typeof createHttpsServer>[0] {
  const { cert, key, minVersion, maxVersion, ciphers, clientCa } = tls;
  return {
    cert,
    key,
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true }),
  };
}
