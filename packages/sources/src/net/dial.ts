import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as tcpConnect, isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { connect as tlsConnect, createSecureContext } from 'node:tls';
import { UnavailableError, WharfError } from '@wharf/core';
import type { ProxyFinder } from '../config.js';
import { cancellation } from '../fault.js';
import type { Guard, Place } from './guard.js';
import { trustedAuthorities } from './trust.js';

export interface DialParts {
  readonly guard: Guard;
  readonly proxies: ProxyFinder | undefined;
  readonly caFile: string | undefined;
  readonly connectMs: number;
}

export interface Dialled {
  readonly socket: Socket;
  /** A plain request goes to it in full (RFC 9112, 3.2.2). */
  readonly proxy: URL | undefined;
}

/** A connection to where a URL leads, TLS done; the caller owns it. Only checked addresses are connected to. */
export async function dial(url: URL, parts: DialParts, signal: AbortSignal): Promise<Dialled> {
  const place = placeOf(url);
  const secure = url.protocol === 'https:';
  const proxy = parts.proxies?.find(place.hostname, place.port, secure);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(parts.connectMs)]);
  try {
    const raw = await dialRaw(place, proxy, secure, parts, limited);
    return { socket: secure ? await startTls(raw, place, parts, limited) : raw, proxy };
  } catch (error) {
    if (signal.aborted) throw cancellation(signal);
    if (!limited.aborted) throw error;
    const text = `${url.host} does not answer: connection timed out`;
    throw new WharfError('deadline-exceeded', text, { facts: { host: url.host } });
  }
}

/** Host and port of an http URL. */
export function placeOf(url: URL): Place {
  const usual = url.protocol === 'https:' ? 443 : 80;
  const { hostname } = url;
  return {
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: url.port === '' ? usual : Number(url.port),
  };
}

export function proxyAuthorization(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` };
}

async function dialRaw(
  place: Place,
  proxy: URL | undefined,
  secure: boolean,
  { guard, connectMs }: DialParts,
  signal: AbortSignal,
): Promise<Socket> {
  if (proxy === undefined) {
    const addresses = await guard.addresses(place, signal, connectMs);
    const lookup = pinned(addresses);
    const socket = tcpConnect({ host: place.hostname, port: place.port, lookup });
    socket.setNoDelay(true);
    return settled(socket, 'connect', signal);
  }
  guard.checkName(place);
  if (secure) return tunnel(proxy, place, signal);
  const to = placeOf(proxy);
  return settled(tcpConnect({ host: to.hostname, port: to.port }), 'connect', signal);
}

/** Answers what was resolved and checked before. */
function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    const first = all[0];
    if (options.all === true) return callback(null, all);
    callback(null, first?.address ?? '', first?.family ?? 0);
  };
}

async function startTls(
  raw: Socket,
  { hostname }: Place,
  parts: DialParts,
  signal: AbortSignal,
): Promise<Socket> {
  const ca = await trustedAuthorities(parts.caFile);
  const socket = tlsConnect({
    socket: raw,
    host: hostname,
    secureContext: createSecureContext({
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca }),
    }),
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
  });
  return settled(socket, 'secureConnect', signal);
}

function settled(socket: Socket, event: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      reject(error);
    };
    const stop = (): void => fail(signal.reason);
    const closed = (): void => fail(new UnavailableError('connection closed'));
    socket.on('error', fail);
    socket.once('close', closed);
    socket.once(event, () => {
      signal.removeEventListener('abort', stop);
      socket.off('close', closed);
      resolve(socket);
    });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
}

/** RFC 9110, 9.3.6. */
function tunnel(proxy: URL, place: Place, signal: AbortSignal): Promise<Socket> {
  const authority = `${isIP(place.hostname) === 6 ? `[${place.hostname}]` : place.hostname}:${place.port}`;
  const { hostname: host, port } = placeOf(proxy);
  const open = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = { host: authority, ...proxyAuthorization(proxy) };
  const req = open({
    host,
    port,
    method: 'CONNECT',
    path: authority,
    agent: false,
    headers,
    signal,
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void => {
      req.destroy();
      const text = `proxy ${proxy.host}: ${why}`;
      reject(new UnavailableError(text, { cause, facts: { proxy: proxy.host } }));
    };
    req.on('error', (error) => fail(error.message, error));
    req.once('close', () => fail('closed the connection'));
    req.once('response', (res) => fail(`refuses the tunnel with status ${res.statusCode}`));
    req.once('connect', (res: IncomingMessage, socket: Socket, head: Buffer) => {
      if (res.statusCode !== 200) return fail(`refuses the tunnel with status ${res.statusCode}`);
      if (head.length > 0) return fail('speaks before the tunnel is open');
      resolve(socket);
    });
    req.end();
  });
}
