import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError, type RegistryCredentials } from '@wharf/core';

/** What of a client's config.json is read: Wharf's own, and Docker's for credentials. */
export interface ClientConfig {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  readonly detachKeys?: string;
  readonly psFormat?: string;
  readonly imagesFormat?: string;
  readonly statsFormat?: string;
  readonly currentContext?: string;
}

interface AuthEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** The config.json of a directory; empty where there is none. @throws when it is not a JSON object */
export async function readClientConfig(directory: string): Promise<ClientConfig> {
  const path = join(directory, 'config.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '{}';
    throw new FailedPreconditionError(`${path} cannot be read: ${error.code}`, { cause: error });
  });
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // A message of JSON.parse could quote a password.
  }
  throw new FailedPreconditionError(`${path} is not a JSON object: mend or remove it`);
}

/** Docker Hub is written in config.json as it was called long ago. */
const hubKeys = ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io'];

/**
 * The credentials for a registry, of the first directory whose config.json has its exact name.
 * Undefined when none has: the pull is anonymous.
 */
export async function findCredentials(
  domain: string,
  directories: readonly string[],
): Promise<RegistryCredentials | undefined> {
  const keys = domain === 'docker.io' ? hubKeys : [domain, `https://${domain}`, `http://${domain}`];
  for (const directory of directories) {
    const { auths } = await readClientConfig(directory);
    const key = keys.find((name) => auths !== undefined && Object.hasOwn(auths, name));
    const entry = key === undefined ? undefined : auths?.[key];
    const found = entry === undefined ? undefined : credentialsOf(entry);
    if (found !== undefined) return found;
  }
  return undefined;
}

function credentialsOf(entry: AuthEntry): RegistryCredentials | undefined {
  const decoded = Buffer.from(entry.auth ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  const credentials = {
    username: colon < 0 ? (entry.username ?? '') : decoded.slice(0, colon),
    password: colon < 0 ? (entry.password ?? '') : decoded.slice(colon + 1),
    identityToken: entry.identitytoken ?? '',
    registryToken: entry.registrytoken ?? '',
  };
  return Object.values(credentials).some((text) => text !== '') ? credentials : undefined;
}
