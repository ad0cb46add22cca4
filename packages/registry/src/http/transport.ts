import { request } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { CancelledError } from '@wharf/core';
import { maxHeaderBytes } from '../config.js';
import type { RegistryConfig, RegistryLimits } from '../config.js';
import { cancellation, PassingFault } from '../fault.js';
import { LocalAddresses } from '../net/address.js';
import { WharfAgent } from '../net/agents.js';
import { Connector, shortAuthority, targetOf } from '../net/connector.js';
import { explain } from '../net/explain.js';
import type { Hosts } from '../net/hosts.js';
import { proxyAuthorization } from '../net/proxy.js';
import type { Proxies } from '../net/proxy.js';
import { Trust } from '../net/trust.js';
import { sendBody, SourceFailure } from './send-body.js';
import type { StreamBody } from './send-body.js';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | StreamBody;
  /** Milliseconds from the last byte of the request to the answer, in place of `headerMs`. */
  readonly answerMs?: number;
}

/** An answer whose headers have arrived. Its body must be read or destroyed. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
  /** Where it came from in the end. */
  readonly url: URL;
}

/** One request, one answer: no redirects, no authorization, no retries. */
export class Transport {
  readonly limits: RegistryLimits;
  readonly #userAgent: string;
  readonly #trust: Trust;
  readonly #proxies: Proxies;
  readonly #plain: WharfAgent;
  readonly #secure: WharfAgent;

  constructor(config: RegistryConfig, hosts: Hosts, proxies: Proxies, limits: RegistryLimits) {
    this.limits = limits;
    this.#userAgent = config.userAgent ?? 'wharf';
    this.#trust = new Trust(hosts, config.certsDirs ?? []);
    this.#proxies = proxies;
    const connector = new Connector({
      hosts,
      addresses: new LocalAddresses(),
      proxies: this.#proxies,
      trust: this.#trust,
      timeoutMs: limits.headerMs,
    });
    this.#plain = new WharfAgent(connector, false, limits.connectionsPerHost);
    this.#secure = new WharfAgent(connector, true, limits.connectionsPerHost);
  }

  /** Closes all connections, those in use as well. */
  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  async send(wanted: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    if (signal.aborted) throw cancellation(signal);
    try {
      return await this.#exchange(wanted, signal);
    } catch (error) {
      if (signal.aborted) throw cancellation(signal);
      if (error instanceof SourceFailure) throw error;
      throw this.explain(error, wanted.url);
    }
  }

  explain(error: unknown, url: URL): Error {
    const target = targetOf(url);
    const host = shortAuthority(target);
    return explain(error, { host, certsDir: this.#trust.remedyDir(host), secure: target.secure });
  }

  #exchange(wanted: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, method } = wanted;
    const { hostname, port, secure } = targetOf(url);
    const proxy = secure ? undefined : this.#proxies.find(hostname, port, false);
    const req = request({
      method,
      host: hostname,
      port,
      path: proxy === undefined ? url.pathname + url.search : url.href,
      agent: secure ? this.#secure : this.#plain,
      headers: { ...this.#headers(wanted), ...proxyHeaders(proxy) },
      maxHeaderSize: maxHeaderBytes,
      insecureHTTPParser: false,
      signal,
    });
    return this.#answerTo(req, wanted);
  }

  #answerTo(req: ClientRequest, { url, body: sent, answerMs }: HttpRequest): Promise<HttpAnswer> {
    const { limits } = this;
    return new Promise((resolve, reject) => {
      const stopped = new AbortController();
      const watch = new AnswerTimer(answerMs ?? limits.headerMs, (ms) => {
        req.destroy(noAnswer(url, ms));
      });
      const over = (): void => {
        watch.stop();
        stopped.abort(new CancelledError('the request is over'));
      };
      req.once('close', () => {
        over();
        reject(closedEarly(url));
      });
      req.on('error', (error) => {
        reject(req.reusedSocket && isReset(error) ? staleConnection(error, url) : error);
      });
      req.once('response', (body) => {
        over();
        body.on('error', () => undefined);
        const answer = { status: body.statusCode ?? 0, headers: body.headers, body, url };
        if (req.writableEnded) return resolve(answer);
        if (answer.status < 300) return void req.destroy(tooEarly(url));
        body.once('close', () => req.destroy());
        resolve(answer);
      });
      if (isStream(sent)) {
        void sendBody(req, sent, limits, url.host, stopped.signal).then((all) => {
          if (all && !stopped.signal.aborted) watch.start();
        });
      } else {
        req.once('socket', () => watch.start());
        req.end(sent);
      }
    });
  }

  #headers({ url, headers, body }: HttpRequest): Record<string, string> {
    return {
      host: url.host,
      'user-agent': this.#userAgent,
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-length': String(sizeOf(body)) }),
      ...headers,
    };
  }
}

function sizeOf(body: string | Uint8Array | StreamBody): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : body.size;
}

function isStream(body: HttpRequest['body']): body is StreamBody {
  return typeof body === 'object' && !(body instanceof Uint8Array);
}

/** Runs from the last byte of the request on; the wait for a free connection is not the server's doing. */
class AnswerTimer {
  readonly #ms: number;
  readonly #late: (ms: number) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, late: (ms: number) => void) {
    this.#ms = ms;
    this.#late = late;
  }

  start(): void {
    this.#timer = setTimeout(() => this.#late(this.#ms), this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function noAnswer(url: URL, ms: number): PassingFault {
  const text = `${url.host} did not answer within ${ms / 1000} s`;
  return new PassingFault('deadline-exceeded', text, { facts: { host: url.host } });
}

/** It cannot know what it says yes to; the error of an early no is worth reading. */
function tooEarly(url: URL): PassingFault {
  const text = `${url.host} answered before it had all of the request`;
  return new PassingFault('unavailable', text, { facts: { host: url.host } });
}

function proxyHeaders(proxy: URL | undefined): Record<string, string> {
  const value = proxy === undefined ? undefined : proxyAuthorization(proxy);
  return value === undefined ? {} : { 'proxy-authorization': value };
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

/** Node ends an unwanted upgrade, for one, without a word. */
function closedEarly(url: URL): PassingFault {
  const text = `${url.host}: the connection was closed before the answer`;
  return new PassingFault('unavailable', text, { facts: { host: url.host } });
}

/** The server closed an idle connection at the moment it was used again: no fault of anyone. */
function staleConnection(cause: Error, url: URL): PassingFault {
  const text = `${url.host}: the connection was closed`;
  return new PassingFault('unavailable', text, { cause, retryAfterMs: 0 });
}
