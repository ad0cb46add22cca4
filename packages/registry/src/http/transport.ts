import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { maxHeaderBytes } from '../config.js';
import type { RegistryConfig, RegistryLimits } from '../config.js';
import { cancellation, PassingFault } from '../fault.js';
import { LocalAddresses } from '../net/address.js';
import { WharfAgent } from '../net/agents.js';
import { Connector, shortAuthority, targetOf } from '../net/connector.js';
import { explain } from '../net/explain.js';
import type { Hosts } from '../net/hosts.js';
import { Proxies, proxyAuthorization } from '../net/proxy.js';
import { Trust } from '../net/trust.js';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
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

  constructor(config: RegistryConfig, hosts: Hosts, limits: RegistryLimits) {
    this.limits = limits;
    this.#userAgent = config.userAgent ?? 'wharf';
    this.#trust = new Trust(hosts, config.certsDirs ?? []);
    this.#proxies = new Proxies(config.proxy);
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
    return new Promise((resolve, reject) => {
      const late = (): void => void req.destroy(this.#noAnswer(url));
      const timer = setTimeout(late, this.limits.headerMs);
      req.once('close', () => {
        clearTimeout(timer);
        reject(closedEarly(url));
      });
      req.on('error', (error) => {
        reject(req.reusedSocket && isReset(error) ? staleConnection(error, url) : error);
      });
      req.once('response', (body) => {
        clearTimeout(timer);
        body.on('error', () => undefined);
        resolve({ status: body.statusCode ?? 0, headers: body.headers, body, url });
      });
      req.end(wanted.body);
    });
  }

  #headers({ url, headers, body }: HttpRequest): Record<string, string> {
    return {
      host: url.host,
      'user-agent': this.#userAgent,
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    };
  }

  #noAnswer(url: URL): PassingFault {
    const seconds = this.limits.headerMs / 1000;
    const text = `${url.host} did not answer within ${seconds} s`;
    return new PassingFault('deadline-exceeded', text, { facts: { host: url.host } });
  }
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
