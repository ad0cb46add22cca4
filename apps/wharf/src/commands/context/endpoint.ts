import { readFile } from 'node:fs/promises';
import { tlsNames, type ContextSettings, type TlsName } from '@wharf/client';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { parseBool } from '../../argv/values.js';
import { parseCsvLine } from '../spec/csv.js';
import { splitPair } from '../spec/key-values.js';

/** The flag that says where the daemon of a context is. */
export const endpointFlag = {
  type: 'string',
  placeholder: 'stringToString',
  description:
    'Where the daemon is: host=unix:///path or host=tcp://name:port, and ca=, cert=, key= (files), skip-tls-verify=',
} as const;

type Endpoint = Pick<ContextSettings, 'host' | 'verify' | 'tls'>;

/**
 * Reads `host=tcp://a:2376,ca=ca.pem,cert=cert.pem,key=key.pem`; what it leaves out is left out.
 * @throws InvalidArgumentError, failed-precondition for a file that cannot be read
 */
export async function readEndpoint(text: string): Promise<Endpoint> {
  const endpoint: { host?: string; verify?: boolean } = {};
  const tls: Partial<Record<TlsName, string>> = {};
  for (const field of parseCsvLine(text)) {
    const [key, value = ''] = splitPair(field);
    const file = tlsNames.find((name) => name === key);
    if (file !== undefined) tls[file] = await readPem(value);
    else if (key === 'host') endpoint.host = value;
    else if (key === 'skip-tls-verify') endpoint.verify = !(parseBool(value) ?? refuse(field));
    else refuse(field);
  }
  return { ...endpoint, tls };
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
