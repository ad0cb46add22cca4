import { BlockList, isIP } from 'node:net';
import { InvalidArgumentError } from '@wharf/core';
import { parseCidr } from './nets.js';

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
    const version = isIP(entry);
    const net = parseCidr(version === 0 ? entry : `${entry}/${version === 6 ? 128 : 32}`);
    if (net === undefined) return false;
    this.#nets.addSubnet(net.address, net.bits, net.family);
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

/** `host`, `host:port`, `[IPv6]:port`; an address without a port is a network of one. */
function parseException(entry: string): Exception {
  const found = /^\[([0-9a-f:.]+)\](?::(\d+))?$/.exec(entry) ?? /^([^:]*):(\d+)$/.exec(entry);
  const name = found?.[1] ?? entry;
  const wild = name.startsWith('*.') ? name.slice(1) : name;
  const belowOnly = wild.startsWith('.');
  return {
    host: belowOnly ? wild.slice(1) : wild,
    port: found?.[2],
    belowOnly,
  };
}

function excepts(e: Exception, hostname: string, port: string): boolean {
  if (e.port !== undefined && e.port !== port) return false;
  return hostname.endsWith(`.${e.host}`) || (!e.belowOnly && hostname === e.host);
}
