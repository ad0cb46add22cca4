import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as tcpConnect, isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { UnavailableError } from '@wharf/core';
import { maxHeaderBytes } from '../config.js';
import { lookupWithin, refusedAddress } from './address.js';
import type { LocalAddresses } from './address.js';
import type { Hosts } from './hosts.js';
import { proxyAuthorization } from './proxy.js';
import type { Proxies } from './proxy.js';
import type { Trust } from './trust.js';

export interface Target {
  /** Without the brackets of IPv6. */
  readonly hostname: string;
  readonly port: number;
  readonly secure: boolean;
}

export interface ConnectorParts {
  readonly hosts: Hosts;
  readonly addresses: LocalAddresses;
  readonly proxies: Proxies;
  readonly trust: Trust;
  /** Milliseconds for the connection and its TLS handshake. */
  readonly timeoutMs: number;
}

/**
 * Opens the connections of this package: the only place that resolves names, so that no redirect, realm or
 * DNS answer leads to an address of this host or its link unless the operator named that registry (R16).
 */
export class Connector {
  readonly #parts: ConnectorParts;

  constructor(parts: ConnectorParts) {
    this.#parts = parts;
  }

  /** A connected socket, with TLS done for a secure target. The caller owns it. */
  async open(target: Target): Promise<Socket> {
    this.#parts.hosts.blocked.checkHost(shortAuthority(target), authority(target));
    const proxy = this.#parts.proxies.find(target.hostname, target.port, target.secure);
    const allowLocal = await this.#allowsLocal(target);
    if (!allowLocal && this.#parts.addresses.isLocalName(target.hostname)) {
      throw refusedAddress(authority(target), target.hostname);
    }
    const dial = (): Promise<Socket> =>
      proxy === undefined ? this.#dial(target, allowLocal) : this.#dialProxy(proxy, target);
    if (!target.secure) return dial();
    const context = await this.#parts.trust.context(bracketed(target.hostname), target.port);
    return this.#secure(await dial(), target, context);
  }

  async #allowsLocal(target: Target): Promise<boolean> {
    const settings = this.#parts.hosts.settings(shortAuthority(target), authority(target));
    if (settings?.allowLocal !== undefined) return settings.allowLocal;
    if (this.#isPlain(target)) return true;
    const byDirectory = await this.#parts.trust.certsDir(bracketed(target.hostname), target.port);
    if (settings === undefined && byDirectory === undefined) return false;
    return settings?.insecure === true || this.#parts.addresses.isLocalName(target.hostname);
  }

  #isPlain(target: Target): boolean {
    return !target.secure && this.#parts.hosts.allowsPlain(plainUrl(target));
  }

  #dial(target: Target, allowLocal: boolean): Promise<Socket> {
    const { hostname: host, port } = target;
    const lookup = this.#guard(target, allowLocal);
    const socket = tcpConnect({ host, port, ...(lookup === undefined ? {} : { lookup }) });
    socket.setNoDelay(true);
    return this.#settled(socket, 'connect', target);
  }

  #guard(target: Target, allowLocal: boolean): LookupFunction | undefined {
    const { hosts, addresses } = this.#parts;
    if (!target.secure && hosts.isPlainByNet(plainUrl(target).origin)) {
      return lookupWithin(hosts.insecureNets, authority(target));
    }
    return allowLocal ? undefined : addresses.guardedLookup(authority(target));
  }

  #secure(raw: Socket, target: Target, secureContext: SecureContext): Promise<Socket> {
    const { hostname } = target;
    const socket = tlsConnect({
      socket: raw,
      host: hostname,
      secureContext,
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    });
    return this.#settled(socket, 'secureConnect', target);
  }

  #settled<S extends Socket>(socket: S, event: string, target: Target): Promise<S> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(error);
      };
      const late = (): void =>
        fail(new UnavailableError(`${authority(target)} does not answer: connection timed out`));
      const timer = setTimeout(late, this.#parts.timeoutMs);
      const closed = (): void =>
        fail(Object.assign(new UnavailableError('connection closed'), { errno: 'ECONNRESET' }));
      socket.on('error', () => undefined);
      socket.once('error', fail);
      socket.once('close', closed);
      socket.once(event, () => {
        clearTimeout(timer);
        socket.off('error', fail);
        socket.off('close', closed);
        resolve(socket);
      });
    });
  }

  /** A tunnel for TLS (RFC 9110, 9.3.6), a plain connection to the proxy otherwise. */
  #dialProxy(proxy: URL, target: Target): Promise<Socket> {
    const port = Number(proxy.port) || (proxy.protocol === 'https:' ? 443 : 80);
    const hostname = unbracketed(proxy.hostname);
    if (!target.secure) return this.#dial({ hostname, port, secure: false }, true);
    const authorization = proxyAuthorization(proxy);
    const open = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
    const req = open({
      host: hostname,
      port,
      method: 'CONNECT',
      path: authority(target),
      agent: false,
      maxHeaderSize: maxHeaderBytes,
      headers: {
        host: authority(target),
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      },
    });
    return tunnel(req, proxy.host, this.#parts.timeoutMs);
  }
}

function tunnel(req: ClientRequest, proxy: string, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void => {
      clearTimeout(timer);
      req.destroy();
      reject(new UnavailableError(`proxy ${proxy}: ${why}`, { cause, facts: { proxy } }));
    };
    const timer = setTimeout(() => fail('does not answer in time'), timeoutMs);
    req.on('error', (error) => fail(error.message, error));
    req.once('close', () => fail('closed the connection'));
    req.once('response', (res) => fail(`refuses the tunnel with status ${res.statusCode}`));
    req.once('connect', (res: IncomingMessage, socket: Socket, head: Buffer) => {
      if (res.statusCode !== 200) return fail(`refuses the tunnel with status ${res.statusCode}`);
      if (head.length > 0) return fail('speaks before the tunnel is open');
      clearTimeout(timer);
      resolve(socket);
    });
    req.end();
  });
}

function plainUrl(target: Target): URL {
  return new URL(`http://${authority(target)}`);
}

/** `host:port`, with the brackets of IPv6. */
function authority({ hostname, port }: Target): string {
  return `${bracketed(hostname)}:${port}`;
}

/** As `authority`, without the scheme's own port: the key of a host in the configuration. */
export function shortAuthority(target: Target): string {
  const usual = target.secure ? 443 : 80;
  return target.port === usual ? bracketed(target.hostname) : authority(target);
}

export function targetOf(url: URL): Target {
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return { hostname: unbracketed(url.hostname), port, secure };
}

function bracketed(hostname: string): string {
  return hostname.includes(':') ? `[${hostname}]` : hostname;
}

function unbracketed(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
