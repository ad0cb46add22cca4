import { InvalidArgumentError, WharfError } from '@wharf/core';
import type { RegistryConfig, RegistryHostConfig } from '../config.js';

/** Where the requests for a repository go. */
export interface Endpoint {
  /** The host as people write it, for messages and `wharf login`. */
  readonly name: string;
  /** `https://registry-1.docker.io`, or with the path prefix of a mirror; no slash at the end. */
  readonly base: string;
  /** Credentials are never sent to a mirror. */
  readonly mirror: boolean;
}

const dockerHub = 'docker.io';
const dockerHubApi = 'registry-1.docker.io';

/** The operator's words on hosts, looked up by `host[:port]`. */
export class Hosts {
  readonly #hosts: ReadonlyMap<string, RegistryHostConfig>;
  readonly #mirrors: ReadonlyMap<string, readonly string[]>;
  readonly #plain = new Set<string>();

  constructor(config: RegistryConfig) {
    this.#hosts = new Map(Array.from(config.hosts ?? [], ([host, own]) => [keyOf(host), own]));
    this.#mirrors = new Map(Array.from(config.mirrors ?? [], ([host, to]) => [keyOf(host), to]));
    for (const base of [...this.#mirrors.values()].flat()) {
      const url = mirrorUrl(base);
      if (url.protocol === 'http:') this.#plain.add(url.origin);
    }
  }

  /** Mirrors first, the registry itself last. */
  endpoints(domain: string): readonly Endpoint[] {
    const mirrors = this.#mirrors.get(keyOf(domain)) ?? this.#mirrors.get('*') ?? [];
    const host = domain === dockerHub ? dockerHubApi : domain;
    const scheme = this.settings(host)?.insecure === true ? 'http' : 'https';
    const base = originOf(`${scheme}://${host}`, domain);
    return [...mirrors.map(mirrorEndpoint), { name: domain, base, mirror: false }];
  }

  /** What is said of the first of these names that anything is said of. */
  settings(...names: string[]): RegistryHostConfig | undefined {
    for (const name of names) {
      const key = keyOf(name);
      const found = this.#hosts.get(key === dockerHubApi ? dockerHub : key) ?? this.#hosts.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether plain http to this origin was asked for by name. */
  allowsPlain(url: URL): boolean {
    const withPort = url.port === '' ? `${url.hostname}:80` : url.host;
    const own = this.settings(url.host, withPort);
    return own?.insecure === true || this.#plain.has(url.origin);
  }

  /** Names under which certs.d may know the host, `host` and `host:port` alike. */
  certNames(host: string, port: number): readonly string[] {
    const names = port === 443 ? [host, `${host}:443`] : [`${host}:${port}`];
    return host === dockerHubApi ? [dockerHub, ...names] : names;
  }
}

/** Host names have no case; 443 is the port that goes without saying. */
function keyOf(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith(':443') ? lower.slice(0, -':443'.length) : lower;
}

function mirrorUrl(base: string): URL {
  const url = URL.parse(base);
  const usable =
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '' &&
    url.search === '';
  if (usable) return url;
  throw new InvalidArgumentError(
    `invalid registry mirror: write it as https://host[:port][/path] without user or query`,
  );
}

function mirrorEndpoint(base: string): Endpoint {
  const url = mirrorUrl(base);
  const path = url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname;
  return { name: url.host, base: url.origin + path, mirror: true };
}

function originOf(text: string, domain: string): string {
  const url = URL.parse(text);
  if (url !== null && url.username === '' && url.pathname === '/') return url.origin;
  throw new WharfError('invalid-argument', `invalid registry host ${JSON.stringify(domain)}`);
}
