import { readFile } from 'node:fs/promises';
import { FailedPreconditionError } from '@wharf/core';

/** The system's bundle of authorities: Debian, Fedora, openSUSE, Alpine. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * PEM of all who are trusted; undefined leaves it to the TLS library. Read anew each time, since hosts renew their bundle.
 * @throws FailedPreconditionError
 */
export async function trustedAuthorities(caFile: string | undefined): Promise<string | undefined> {
  const system = await systemBundle();
  if (caFile === undefined) return system;
  const own = await readFile(caFile, 'utf8').catch((cause: unknown) => {
    throw new FailedPreconditionError(`cannot read ${caFile}: put a PEM file there`, { cause });
  });
  return `${system ?? ''}\n${own}`;
}

async function systemBundle(): Promise<string | undefined> {
  for (const path of systemBundles) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}
