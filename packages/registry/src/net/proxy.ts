import { BlockList, isIP } from 'node:net';
import { InvalidArgumentError } from '@wharf/core';

/** URLs of proxies; the user part of a URL is sent to the proxy as Basic authorization. */
export interface ProxyConfig {
  readonly http?: string;
  readonly https?: string;
  /** Comma-separated: `*`, a host (and all below it), `.suffix`, `host:port`, an address, a CIDR block. */
  readonly noProxy?: string;
}

/** Reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY in either case, lower case first. */
export function proxyFromEnv(env: Readonly<Record<string, string | undefined>>): ProxyConfig {
  const read = (name: string): string | undefined => env[name.toLowerCase()] ?? env[name];
  const [http, https, noProxy] = [read('HTTP_PROXY'), read('HTTPS_PROXY'), read('NO_PROXY')];
  return {
    ...(http ? { http } : {}),
    ...(https ? { https } : {}),
    ...(noProxy ? { noProxy } : {}),
  };
}

interface Exception {
  readonly host: string;
  readonly port: string | undefined;
  /** Hosts below it only. */
  readonly belowOnly: boolean;
}

/** Which proxy a request goes through. localhost and loopback addresses never do. */
export class Proxies {
  readonly #http: URL | undefined;
  readonly #https: URL | undefined;
  readonly #exceptions: Exception[] = [];
  readonly #nets = new BlockList();
  readonly #all: boolean = false;

  constructor(config: ProxyConfig = {}) {
    this.#http = proxyUrl(config.http);
    this.#https = proxyUrl(config.https);
    for (const raw of (config.noProxy ?? '').split(',')) {
      const entry = raw.trim().toLowerCase();
      if (entry === '*') this.#all = true;
      else if (entry !== '' && !this.#addNet(entry)) this.#exceptions.push(parseException(entry));
    }
    this.#nets.addSubnet('127.0.0.0', 8, 'ipv4');
    this.#nets.addAddress('::1', 'ipv6');
  }

  find(hostname: string, port: number, secure: boolean): URL | undefined {
    const proxy = secure ? this.#https : this.#http;
    if (proxy === undefined || this.#all || hostname === 'localhost') return undefined;
    const version = isIP(hostname);
    if (version !== 0 && this.#nets.check(hostname, version === 6 ? 'ipv6' : 'ipv4')) {
      return undefined;
    }
    return this.#exceptions.some((e) => excepts(e, hostname, String(port))) ? undefined : proxy;
  }

  #addNet(entry: string): boolean {
    const [address = '', prefix] = entry.split('/');
    const version = isIP(address);
    if (version === 0) return false;
    const bits = prefix === undefined ? (version === 6 ? 128 : 32) : Number(prefix);
    if (!Number.isInteger(bits) || bits < 0 || bits > (version === 6 ? 128 : 32)) return false;
    this.#nets.addSubnet(address, bits, version === 6 ? 'ipv6' : 'ipv4');
    return true;
  }
}

/** The value of Proxy-Authorization, when the URL has a user. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '') return undefined;
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(user).toString('base64')}`;
}

function proxyUrl(text: string | undefined): URL | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new InvalidArgumentError('invalid proxy: write it as http://[user:password@]host:port');
}

function parseException(entry: string): Exception {
  const colon = entry.lastIndexOf(':');
  const hasPort = colon > 0 && !entry.slice(0, colon).includes(':');
  const name = hasPort ? entry.slice(0, colon) : entry;
  const wild = name.startsWith('*.') ? name.slice(1) : name;
  const belowOnly = wild.startsWith('.');
  return {
    host: belowOnly ? wild.slice(1) : wild,
    port: hasPort ? entry.slice(colon + 1) : undefined,
    belowOnly,
  };
}

function excepts(e: Exception, hostname: string, port: string): boolean {
  if (e.port !== undefined && e.port !== port) return false;
  return hostname.endsWith(`.${e.host}`) || (!e.belowOnly && hostname === e.host);
}
