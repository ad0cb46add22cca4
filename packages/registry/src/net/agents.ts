import { Agent } from 'node:http';
import type { ClientRequestArgs } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connector } from './connector.js';

/**
 * Keep-alive connections, pooled per origin. TLS is the connector's work, so that both agents speak HTTP over
 * a socket that is ready; a secure and a plain connection never share a pool.
 */
export class WharfAgent extends Agent {
  readonly #connector: Connector;
  readonly #secure: boolean;

  constructor(connector: Connector, secure: boolean, connectionsPerHost: number) {
    super({
      keepAlive: true,
      maxSockets: connectionsPerHost,
      maxFreeSockets: connectionsPerHost,
      maxTotalSockets: 256,
      scheduling: 'lifo',
      timeout: 60_000,
    });
    this.#connector = connector;
    this.#secure = secure;
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (err: Error | null, stream: Duplex) => void,
  ): undefined {
    const target = {
      hostname: String(options.host),
      port: Number(options.port),
      secure: this.#secure,
    };
    const none = undefined as unknown as Socket;
    this.#connector.open(target).then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, none),
    );
    return undefined;
  }
}
