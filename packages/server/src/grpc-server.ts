import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { limits } from '@wharf/api';
import type { Peer } from '@wharf/core';
import type { Handler } from './calls/handler.js';
import type { RawCall } from './calls/serve.js';

const megabyte = 1024 * 1024;
/**
 * Bytes that a caller may send ahead of our reading. The stream's bounds what one stalled stdin can hold in memory,
 * the session's is large enough that a few such streams do not block the others.
 */
const streamWindow = megabyte;
const sessionWindow = 16 * megabyte;
const maxFrameSize = 256 * 1024;
const maxStreams = 1000;
const maxHeaderBytes = 16 * 1024;
const idleMs = 10 * 60_000;
const drainMs = 1_000;

/** grpc-js behind the three things that we need of it. */
export interface GrpcServer {
  /** Serves a connection whose other end is known. */
  accept(connection: Duplex, peer: Peer): void;
  peerOf(call: RawCall): Peer;
  /** Ends all connections. */
  close(): void;
}

/** `onCall` is told of each call as it begins. */
export function createGrpcServer(
  handlers: readonly Handler[],
  onCall: (call: RawCall, handler: Handler) => void,
): GrpcServer {
  const server = new Server({
    'grpc.max_receive_message_length': limits.messageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': maxStreams,
    'grpc.max_connection_idle_ms': idleMs,
    'grpc.enable_channelz': 0,
  });
  const implementation = Object.fromEntries(
    handlers.map((handler) => [handler.path, (call: RawCall) => onCall(call, handler)]),
  );
  server.addService(bytesService(handlers), implementation);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  widenWindows(server);
  const peers = new Map<string, Peer>();
  let connections = 0;
  return {
    accept(connection, peer) {
      // getPeer() of a call is the remote address of its socket: the one thing by which grpc-js lets us know it again
      const key = `connection-${++connections}`;
      Object.defineProperty(connection, 'remoteAddress', { value: key });
      Object.defineProperty(connection, 'remotePort', { value: undefined });
      peers.set(key, peer);
      connection.once('close', () => peers.delete(key));
      injector.injectConnection(connection);
    },
    peerOf: (call) => peers.get(call.getPeer()) ?? { kind: 'local' },
    close() {
      injector.drain(drainMs);
      injector.destroy();
    },
  };
}

/**
 * All methods, as streams of undecoded messages both ways: what is wrong with a request is then ours to say, and
 * unary calls are streams of one.
 */
function bytesService(handlers: readonly Handler[]): ServiceDefinition {
  const same = (bytes: Buffer): Buffer => bytes;
  return Object.fromEntries(
    handlers.map(({ path }) => [
      path,
      {
        path,
        requestStream: true,
        responseStream: true,
        requestSerialize: same,
        requestDeserialize: same,
        responseSerialize: same,
        responseDeserialize: same,
      },
    ]),
  );
}

/** grpc-js has no option for the windows of a server; its HTTP/2 servers are reached past its types. */
function widenWindows(server: Server): void {
  const { http2Servers } = server as unknown as { http2Servers: Map<Http2Server, unknown> };
  for (const http2Server of http2Servers.keys()) {
    http2Server.on('session', (session: ServerHttp2Session) => {
      session.settings({
        initialWindowSize: streamWindow,
        maxFrameSize,
        maxHeaderListSize: maxHeaderBytes,
      });
      session.setLocalWindowSize(sessionWindow);
    });
  }
}
