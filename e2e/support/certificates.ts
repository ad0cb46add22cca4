import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import { run } from '@wharf/testing';

/** Files of a certificate: its own, its key's, and its authority's. */
export interface Certificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority that signs what daemons and clients need, made with openssl in a folder of the test. */
export class Authority {
  readonly #dir: string;
  readonly #name: string;

  private constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#name = name;
  }

  static async create(dir: string, name = 'ca'): Promise<Authority> {
    const authority = new Authority(dir, name);
    const subject = ['-subj', `/CN=${name}`, '-days', '2'];
    const files = ['-keyout', authority.#file('-key.pem'), '-out', authority.ca];
    await openssl(['req', '-x509', ...newKey, ...files, ...subject]);
    return authority;
  }

  get ca(): string {
    return this.#file('.pem');
  }

  #file(suffix: string): string {
    return join(this.#dir, `${this.#name}${suffix}`);
  }

  /** Signs for a daemon on 127.0.0.1, or under another name. */
  server(name: string, subjectAltName = 'IP:127.0.0.1'): Promise<Certificate> {
    return this.#sign(name, [`subjectAltName=${subjectAltName}`, 'extendedKeyUsage=serverAuth']);
  }

  client(name: string): Promise<Certificate> {
    return this.#sign(name, ['extendedKeyUsage=clientAuth']);
  }

  async #sign(name: string, extensions: readonly string[]): Promise<Certificate> {
    const [key, request, cert, extension] = ['-key.pem', '.csr', '.pem', '.ext'].map((suffix) =>
      join(this.#dir, `${this.#name}-${name}${suffix}`),
    ) as [string, string, string, string];
    await openssl([
      'req',
      '-new',
      ...newKey,
      '-keyout',
      key,
      '-out',
      request,
      '-subj',
      `/CN=${name}`,
    ]);
    await writeFile(extension, `${extensions.join('\n')}\n`);
    const authority = ['-CA', this.ca, '-CAkey', this.#file('-key.pem'), '-CAcreateserial'];
    const output = ['-out', cert, '-days', '2', '-extfile', extension];
    await openssl(['x509', '-req', '-in', request, ...authority, ...output]);
    await chmod(key, 0o600);
    return { ca: this.ca, cert, key };
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

async function openssl(args: readonly string[]): Promise<void> {
  const { code, stderr } = await run('openssl', args);
  if (code !== 0) throw new FailedPreconditionError(`openssl ${args.join(' ')}: ${stderr}`);
}
