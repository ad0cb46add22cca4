import { readdir, readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { FailedPreconditionError, systemAuthorities } from '@wharf/core';
import type { Hosts } from './hosts.js';

const maxPemBytes = 4 * 1024 * 1024;
/** How long the system's bundle is used before it is read again; a host's own files are read each time. */
const freshMs = 30_000;

interface Material {
  readonly ca: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

/** What the TLS layer trusts and shows for each host. A client certificate goes to its own host only. */
export class Trust {
  readonly #hosts: Hosts;
  readonly #dirs: readonly string[];
  readonly #cached = new Map<string, { readonly until: number; readonly context: SecureContext }>();

  constructor(hosts: Hosts, dirs: readonly string[]) {
    this.#hosts = hosts;
    this.#dirs = dirs;
  }

  /** @throws FailedPreconditionError naming the file that cannot be used */
  async context(host: string, port: number): Promise<SecureContext> {
    const own = await this.#material(host, port);
    const now = performance.now();
    for (const [key, { until }] of this.#cached) if (until <= now) this.#cached.delete(key);
    const key = JSON.stringify(own);
    const cached = this.#cached.get(key);
    if (cached !== undefined) return cached.context;
    const context = await this.#make(own, host);
    this.#cached.set(key, { until: now + freshMs, context });
    return context;
  }

  /** The directory of certs.d for the host, when the operator made one. */
  async certsDir(host: string, port: number): Promise<string | undefined> {
    for (const dir of this.#dirs) {
      for (const name of this.#hosts.certNames(host, port)) {
        if (!isPlainName(name)) continue;
        const found = await stat(`${dir}/${name}`).catch(() => undefined);
        if (found?.isDirectory() === true) return `${dir}/${name}`;
      }
    }
    return undefined;
  }

  /** Where to put a file to make the host trusted, for messages. */
  remedyDir(host: string): string {
    return `${this.#dirs[0] ?? 'certs.d'}/${host}`;
  }

  async #make(own: Material, host: string): Promise<SecureContext> {
    const system = await systemAuthorities((path) => readFile(path, 'utf8'));
    const ca = system === undefined ? [...own.ca] : [system, ...own.ca];
    try {
      return createSecureContext({
        minVersion: 'TLSv1.2',
        ...(system === undefined && own.ca.length === 0 ? {} : { ca }),
        ...(own.cert === undefined ? {} : { cert: own.cert, key: own.key }),
      });
    } catch (cause) {
      const text = `the certificates for ${host} cannot be used: check ${this.remedyDir(host)}`;
      throw new FailedPreconditionError(text, { cause, facts: { host } });
    }
  }

  async #material(host: string, port: number): Promise<Material> {
    const dir = await this.certsDir(host, port);
    const found: Material = dir === undefined ? { ca: [] } : await readCertsDir(dir);
    const settings = this.#hosts.settings(port === 443 ? host : `${host}:${port}`);
    const ca = [...found.ca];
    if (settings?.ca !== undefined) ca.push(settings.ca);
    if (settings?.caFile !== undefined) ca.push(await readPem(settings.caFile));
    if (settings?.clientCert === undefined) return { ...found, ca };
    const { certFile, keyFile } = settings.clientCert;
    return { ca, cert: await readPem(certFile), key: await readPem(keyFile) };
  }
}

/** As Docker reads it: each `*.crt` is an authority, `X.cert` with `X.key` the client's certificate. */
async function readCertsDir(dir: string): Promise<Material> {
  const names = (await readdir(dir)).sort();
  const cas = names.filter((name) => name.endsWith('.crt'));
  const ca = await Promise.all(cas.map((name) => readPem(`${dir}/${name}`)));
  const certName = names.find((name) => name.endsWith('.cert'));
  if (certName === undefined) return { ca };
  const keyName = `${certName.slice(0, -'.cert'.length)}.key`;
  return { ca, cert: await readPem(`${dir}/${certName}`), key: await readPem(`${dir}/${keyName}`) };
}

async function readPem(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= maxPemBytes) return await readFile(path, 'utf8');
  } catch (cause) {
    throw new FailedPreconditionError(`cannot read ${path}: put a PEM file there`, { cause });
  }
  throw new FailedPreconditionError(`${path} is larger than ${maxPemBytes} bytes: no PEM file`);
}

/** A host taken from a URL may be `..`; only a name that is one path component leads to a directory. */
function isPlainName(name: string): boolean {
  return !name.startsWith('.') && !name.includes('/') && !name.includes('\0');
}
