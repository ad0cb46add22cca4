import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { isWharfError, type Closable, type Contents, type Images } from '@wharf/core';
import { answerJson, answerRefusal } from './answer.js';
import { createPushed } from './pushed.js';
import { answerBlob, answerManifest, answerPage, answerReferrers, type Exchange } from './read.js';
import { Refusal, refusalOf } from './refusal.js';
import { routeOf, type Route } from './route.js';
import { createShelf } from './shelf.js';
import { Spool } from './spool.js';
import {
  appendUpload,
  beginUpload,
  cancelUpload,
  finishUpload,
  putManifest,
  uploadStatus,
  type WriteSide,
} from './write.js';

export interface ServeRegistryOptions {
  readonly images: Pick<Images, 'list'>;
  readonly contents: Contents;
  /** Another value whenever images may have changed; without it they are looked at for each request. */
  readonly changes?: () => unknown;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM; plain http without, which the caller allows on loopback only. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** Whether clients may push. */
  readonly write: boolean;
  /** A directory of ours on the file system of the store; what is in it goes. */
  readonly spool: string;
  /** Told of failures that clients only see as "internal". */
  readonly onFailure: (error: unknown) => void;
}

export interface RegistryServer extends Closable {
  readonly address: string;
}

const maxConnections = 512;
const headersMs = 15_000;
/** Between two pieces of a body, in either direction. */
const idleMs = 60_000;

/** The distribution API (distribution-spec 1.1) over the daemon's own images, for any engine to pull from. */
export async function serveRegistry(options: ServeRegistryOptions): Promise<RegistryServer> {
  const { images, contents, tls } = options;
  const spool = new Spool(options.spool);
  await spool.close();
  const shelf = createShelf(images, contents, options.changes);
  const side: WriteSide = { shelf, contents, pushed: createPushed(contents), spool };
  const stop = new AbortController();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(side, options, { request, response, stop: stop.signal });
  };
  const server: Server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer(
          {
            cert: tls.cert,
            key: tls.key,
            minVersion: 'TLSv1.2',
            ...(tls.clientCa === undefined
              ? {}
              : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
          },
          listener,
        );
  server.maxConnections = maxConnections;
  server.headersTimeout = headersMs;
  server.requestTimeout = 0;
  server.timeout = idleMs;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { address, port, family } = server.address() as AddressInfo;
  return {
    address: `${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async close() {
      stop.abort();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await spool.close();
    },
  };
}

async function answer(
  side: WriteSide,
  options: ServeRegistryOptions,
  call: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly stop: AbortSignal;
  },
): Promise<void> {
  const { request, response } = call;
  const left = new AbortController();
  response.once('close', () => left.abort());
  const signal = AbortSignal.any([left.signal, call.stop]);
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  try {
    const url = new URL(request.url ?? '/', 'http://registry.invalid');
    const exchange: Exchange = { request, response, url, signal };
    await dispatch(side, exchange, routeOf(url.pathname), options.write);
  } catch (error) {
    if (signal.aborted) return void response.destroy();
    const refusal = refusalOf(error);
    if (refusal === undefined) options.onFailure(error);
    if (response.headersSent) return void response.destroy();
    answerRefusal(response, refusal ?? internal(error));
  }
}

function internal(error: unknown): Refusal {
  const cancelled = isWharfError(error) && error.code === 'cancelled';
  return new Refusal(cancelled ? 503 : 500, 'UNKNOWN', 'the daemon failed, its log says why');
}

function dispatch(
  side: WriteSide,
  exchange: Exchange,
  route: Route,
  write: boolean,
): Promise<void> | void {
  const method = exchange.request.method === 'HEAD' ? 'GET' : exchange.request.method;
  if (method === 'GET') return read(side, exchange, route);
  if (!write) {
    throw new Refusal(405, 'UNSUPPORTED', 'this registry is read-only', { allow: 'GET, HEAD' });
  }
  if (route.kind === 'manifest' && method === 'PUT') {
    return putManifest(side, exchange, route.repository, route.reference);
  }
  if (route.kind === 'uploads' && method === 'POST') {
    return beginUpload(side, exchange, route.repository);
  }
  if (route.kind === 'upload') {
    const { repository, session } = route;
    if (method === 'PATCH') return appendUpload(side, exchange, repository, session);
    if (method === 'PUT') return finishUpload(side, exchange, repository, session);
    if (method === 'DELETE') return cancelUpload(side, exchange, repository, session);
  }
  throw new Refusal(
    405,
    'UNSUPPORTED',
    `${String(method)} is not done here, use the wharf command`,
  );
}

async function read(side: WriteSide, exchange: Exchange, route: Route): Promise<void> {
  const { response } = exchange;
  switch (route.kind) {
    case 'base':
      return answerJson(response, {});
    case 'catalog': {
      const all = await side.shelf.repositories(exchange);
      return answerPage(exchange, all, (repositories) => ({ repositories }));
    }
    case 'tags': {
      const { tags } = await side.shelf.offer(route.repository, exchange);
      const name = route.repository;
      return answerPage(exchange, [...tags.keys()], (page) => ({ name, tags: page }));
    }
    case 'manifest':
      return answerManifest(side, exchange, route.repository, route.reference);
    case 'blob':
      return answerBlob(side, exchange, route.repository, route.digest);
    case 'referrers':
      return answerReferrers(side, exchange, route.repository, route.digest);
    case 'upload':
      return uploadStatus(side, exchange, route.repository, route.session);
    case 'uploads':
      throw new Refusal(405, 'UNSUPPORTED', 'an upload begins with POST', { allow: 'POST' });
  }
}
