import type { RegistryConfig, RegistryHostConfig } from '../config.js';
import { dockerHub, dockerHubApi, keyOf } from './host-key.js';
import { parseMirror } from './mirrors.js';
import type { Mirror } from './mirrors.js';
import { Nets } from './nets.js';
import { Blocked } from './prefixes.js';

const maxRemembered = 1000;

/** The operator's words on hosts, looked up by `host[:port]`. */
export class Hosts {
  readonly insecureNets: Nets;
  readonly blocked: Blocked;
  readonly #hosts: ReadonlyMap<string, RegistryHostConfig>;
  readonly #mirrors: ReadonlyMap<string, readonly Mirror[]>;
  /** Origins of mirrors that were written with http. */
  readonly #plain = new Set<string>();
  /** Origins by name that were found in an insecure network; oldest first. */
  readonly #plainByNet = new Set<string>();

  constructor(config: RegistryConfig) {
    this.#hosts = new Map(Array.from(config.hosts ?? [], ([host, own]) => [keyOf(host), own]));
    this.#mirrors = new Map(
      Array.from(config.mirrors ?? [], ([host, to]) => [keyOf(host), to.map(parseMirror)]),
    );
    this.insecureNets = new Nets(config.insecureNets);
    this.blocked = new Blocked(config.blocked);
    for (const { origin } of [...this.#mirrors.values()].flat()) {
      if (origin.startsWith('http:')) this.#plain.add(origin);
    }
  }

  mirrors(domain: string): readonly Mirror[] {
    return this.#mirrors.get(keyOf(domain)) ?? this.#mirrors.get('*') ?? [];
  }

  /** What is said of the first of these names that anything is said of. */
  settings(...names: string[]): RegistryHostConfig | undefined {
    for (const name of names) {
      const found = this.#hosts.get(keyOf(name));
      if (found !== undefined) return found;
    }
    const inNet = names.some((name) => this.insecureNets.has(addressIn(name)));
    return inNet ? { insecure: true } : undefined;
  }

  /** Whether plain http to this origin was asked for, by name or by its network. */
  allowsPlain(url: URL): boolean {
    const withPort = url.port === '' ? `${url.hostname}:80` : url.host;
    const own = this.settings(url.host, withPort);
    if (own?.insecure !== undefined) return own.insecure;
    return this.#plain.has(url.origin) || this.#plainByNet.has(url.origin);
  }

  /** Whether plain http to it is allowed for its addresses only. */
  isPlainByNet(origin: string): boolean {
    return this.#plainByNet.has(origin) && !this.#plain.has(origin);
  }

  setPlainByNet(origin: string, plain: boolean): void {
    this.#plainByNet.delete(origin);
    if (!plain) return;
    this.#plainByNet.add(origin);
    const oldest = this.#plainByNet.values().next();
    if (this.#plainByNet.size > maxRemembered && oldest.done !== true) {
      this.#plainByNet.delete(oldest.value);
    }
  }

  /** Names under which certs.d may know the host, `host` and `host:port` alike. */
  certNames(host: string, port: number): readonly string[] {
    const names = port === 443 ? [host, `${host}:443`] : [`${host}:${port}`];
    return host === dockerHubApi ? [dockerHub, ...names] : names;
  }
}

/** The address in `address[:port]` or `[address][:port]`; the text itself otherwise. */
function addressIn(host: string): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'));
  return host.replace(/:\d+$/, '');
}
