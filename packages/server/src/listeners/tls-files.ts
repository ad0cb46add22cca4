import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { open } from 'node:fs/promises';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';

const groupAndOthers = 0o077;

/** Paths of PEM files. */
export interface TlsFiles {
  /** Certificates by which callers' certificates are judged. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Revoked certificates (RFC 5280). */
  readonly crl?: string;
}

export interface TlsMaterial {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly crl?: Buffer;
}

/**
 * Reads and checks what TLS needs, so that a mistake shows when the daemon starts and not when the first caller
 * comes: invalid-argument for what is not PEM or does not fit together, failed-precondition for files that are
 * absent or a key that others can read.
 */
export async function readTlsFiles(files: TlsFiles): Promise<TlsMaterial> {
  const key = await readPem(files.key, 'key', { secret: true });
  const cert = await readPem(files.cert, 'certificate');
  const ca = await readPem(files.ca, 'certificate authority');
  const certificate = parseCertificate(cert, files.cert);
  parseCertificate(ca, files.ca);
  if (!certificate.checkPrivateKey(parseKey(key, files.key))) {
    throw new InvalidArgumentError(`key ${files.key} does not belong to certificate ${files.cert}`);
  }
  if (certificate.validToDate.getTime() < Date.now()) {
    throw new FailedPreconditionError(
      `certificate ${files.cert} expired on ${certificate.validTo}`,
    );
  }
  if (files.crl === undefined) return { ca, cert, key };
  return { ca, cert, key, crl: await readPem(files.crl, 'revocation list') };
}

async function readPem(
  path: string,
  what: string,
  { secret = false }: { readonly secret?: boolean } = {},
): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new FailedPreconditionError(`cannot read the ${what} ${path}: ${error.code}`, {
      cause: error,
    });
  });
  try {
    const { mode } = await file.stat();
    if (secret && (mode & groupAndOthers) !== 0) {
      throw new FailedPreconditionError(
        `${what} ${path} is open to its group or others: run chmod 0600 on it`,
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function parseCertificate(pem: Buffer, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new InvalidArgumentError(`${path} is not a certificate in PEM`, { cause });
  }
}

function parseKey(pem: Buffer, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new InvalidArgumentError(`${path} is not a private key in PEM without passphrase`, {
      cause,
    });
  }
}
