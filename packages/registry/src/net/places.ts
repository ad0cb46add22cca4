import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { InvalidArgumentError } from '@wharf/core';
import type { Repository } from '@wharf/engine/ports';
import type { RegistryConfig } from '../config.js';
import { dockerHub, dockerHubApi, dockerHubIndex, keyOf } from './host-key.js';
import type { Hosts } from './hosts.js';
import type { Mirror } from './mirrors.js';
import { Rewrites } from './prefixes.js';
import type { Place } from './prefixes.js';
import type { Proxies } from './proxy.js';

/** Where the requests for a repository go. */
export interface Endpoint {
  /** The host as people write it, for messages and `wharf login`. */
  readonly name: string;
  /** `https://registry-1.docker.io`, or with the path of a mirror's API; no slash at the end. */
  readonly base: string;
  /** The repository's path there; empty when none is meant. */
  readonly repository: string;
  readonly mirror: boolean;
  /** It is the host that the reference names, so the caller's credentials are for it. */
  readonly named: boolean;
}

/** Looks up all addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

const resolveAll: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

/** Says where a name is: rewritten, at mirrors, over http or https, or nowhere when it is blocked. */
export class Places {
  readonly #hosts: Hosts;
  readonly #proxies: Proxies;
  readonly #rewrites: Rewrites;
  readonly #resolve: Resolve;

  constructor(config: RegistryConfig, hosts: Hosts, proxies: Proxies, resolve = resolveAll) {
    this.#hosts = hosts;
    this.#proxies = proxies;
    this.#rewrites = new Rewrites(config.rewrites);
    this.#resolve = resolve;
  }

  /** Mirrors first, the registry itself last. @throws FailedPreconditionError when blocked */
  async forPull(repository: Repository): Promise<readonly [...Endpoint[], Endpoint]> {
    const place = this.#place(repository);
    const mirrors = this.#hosts.mirrors(place.domain).map((m) => mirrorEndpoint(m, place));
    return [...mirrors, await this.#endpoint(place, repository.domain)];
  }

  /** The registry itself. @throws FailedPreconditionError when blocked */
  async origin(repository: Repository): Promise<Endpoint> {
    return this.#endpoint(this.#place(repository), repository.domain);
  }

  /** A registry as a whole, by its own name: no rewrites. `index`: the host that answers searches. */
  async registry(domain: string, index = false): Promise<Endpoint> {
    const place = { domain, path: '' };
    this.#hosts.blocked.check(place);
    const host = index && keyOf(domain) === dockerHub ? dockerHubIndex : undefined;
    return this.#endpoint(place, domain, host);
  }

  #place({ domain, path }: Repository): Place {
    const name = { domain, path };
    this.#hosts.blocked.check(name);
    const place = this.#rewrites.apply(name);
    this.#hosts.blocked.check(place);
    return place;
  }

  async #endpoint(place: Place, named: string, host = apiHost(place.domain)): Promise<Endpoint> {
    const scheme = (await this.#isPlain(host)) ? 'http' : 'https';
    return {
      name: place.domain,
      base: originOf(`${scheme}://${host}`, place.domain),
      repository: place.path,
      mirror: false,
      named: keyOf(place.domain) === keyOf(named),
    };
  }

  async #isPlain(host: string): Promise<boolean> {
    const own = this.#hosts.settings(host);
    if (own !== undefined) return own.insecure === true;
    const url = URL.parse(`http://${host}`);
    if (this.#hosts.insecureNets.empty || url === null || host === dockerHubApi) return false;
    const plain = await this.#isInNet(url);
    this.#hosts.setPlainByNet(url.origin, plain);
    return plain;
  }

  /** By its addresses as this daemon sees them, which are of no use when a proxy does the looking up. */
  async #isInNet({ hostname, port }: URL): Promise<boolean> {
    if (isIP(hostname) !== 0 || hostname.startsWith('[')) return false;
    if (this.#proxies.find(hostname, Number(port || 80), false) !== undefined) return false;
    const addresses = await this.#resolve(hostname).catch(() => []);
    return addresses.length > 0 && addresses.every((a) => this.#hosts.insecureNets.has(a));
  }
}

function apiHost(domain: string): string {
  return keyOf(domain) === dockerHub ? dockerHubApi : domain;
}

function mirrorEndpoint(mirror: Mirror, { path }: Place): Endpoint {
  return {
    name: mirror.name,
    base: mirror.origin + mirror.apiPath,
    repository: mirror.repositoryPrefix + path,
    mirror: true,
    named: false,
  };
}

function originOf(text: string, domain: string): string {
  const url = URL.parse(text);
  if (url !== null && url.username === '' && url.pathname === '/' && url.search === '') {
    return url.origin;
  }
  throw new InvalidArgumentError(`invalid registry host ${JSON.stringify(domain.slice(0, 255))}`);
}
