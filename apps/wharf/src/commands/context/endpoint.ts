import { readFile } from 'node:fs/promises';
import { parseHost, hostText } from '@wharf/client';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { parseBool } from '../../argv/values.js';
import type { StoredContext, TlsFiles, TlsName } from '../../contexts/context.js';
import { tlsNames } from '../../contexts/context.js';
import { parseCsvLine } from '../spec/csv.js';
import { splitPair } from '../spec/key-values.js';

/** The flag that says where the daemon of a context is. */
export const endpointFlag = {
  type: 'string',
  placeholder: 'stringToString',
  description:
    'Where the daemon is: host=unix:///path or host=tcp://name:port, and ca=, cert=, key= (files), skip-tls-verify=',
} as const;

type Endpoint = Pick<StoredContext, 'host' | 'skipTlsVerify' | 'tls'>;

/**
 * Reads `host=tcp://a:2376,ca=ca.pem,cert=cert.pem,key=key.pem`; what it leaves out is taken from `base`.
 * @throws InvalidArgumentError, failed-precondition for a file that cannot be read
 */
export async function readEndpoint(text: string, base: Endpoint): Promise<Endpoint> {
  let { host, skipTlsVerify } = base;
  const tls: Partial<Record<TlsName, string>> = { ...base.tls };
  for (const field of parseCsvLine(text)) {
    const [key, value = ''] = splitPair(field);
    const file = tlsNames.find((name) => name === key);
    if (file !== undefined) tls[file] = await readPem(value);
    else if (key === 'host') host = hostText(parseHost(value));
    else if (key === 'skip-tls-verify') skipTlsVerify = parseBool(value) ?? refuse(field);
    else refuse(field);
  }
  return { host, skipTlsVerify, tls: tls satisfies TlsFiles };
}

function refuse(field: string): never {
  throw new InvalidArgumentError(
    `unrecognized config key in ${JSON.stringify(field)}: use host, ca, cert, key and skip-tls-verify`,
  );
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new FailedPreconditionError(
      `cannot read ${path}: ${(cause as NodeJS.ErrnoException).code}`,
      { cause },
    );
  }
}
