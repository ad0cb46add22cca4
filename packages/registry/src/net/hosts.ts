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
    this.#hosts = config.hosts ?? new Map<string, RegistryHostConfig>();
    this.#mirrors = config.mirrors ?? new Map<string, readonly string[]>();
    for (const base of [...this.#mirrors.values()].flat()) {
      const url = mirrorUrl(base);
      if (url.protocol === 'http:') this.#plain.add(url.origin);
    }
  }

  /** Mirrors first, the registry itself last. */
  endpoints(domain: string): readonly Endpoint[] {
    const mirrors = this.#mirrors.get(domain) ?? this.#mirrors.get('*') ?? [];
    const host = domain === dockerHub ? dockerHubApi : domain;
    const scheme = this.settings(host)?.insecure === true ? 'http' : 'https';
    const base = originOf(`${scheme}://${host}`, domain);
    return [...mirrors.map(mirrorEndpoint), { name: domain, base, mirror: false }];
  }

  settings(host: string): RegistryHostConfig | undefined {
    const alias = host === dockerHubApi ? dockerHub : host;
    return this.#hosts.get(alias) ?? this.#hosts.get(host);
  }

  /** Whether plain http to this origin was asked for by name. */
  allowsPlain(url: URL): boolean {
    return this.settings(url.host)?.insecure === true || this.#plain.has(url.origin);
  }

  /** Names under which certs.d may know the host, `host` and `host:port` alike. */
  certNames(host: string, port: number): readonly string[] {
    const names = port === 443 ? [host, `${host}:443`] : [`${host}:${port}`];
    return host === dockerHubApi ? [dockerHub, ...names] : names;
  }
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
