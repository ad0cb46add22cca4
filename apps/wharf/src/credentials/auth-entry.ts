import type { RegistryCredentials } from '@wharf/core';

/** An entry of `auths` in config.json. */
export interface AuthEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** What an entry says; undefined when it says nothing, as where a helper has the secret. */
export function readEntry(entry: AuthEntry): RegistryCredentials | undefined {
  const decoded = Buffer.from(text(entry.auth), 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  const credentials = {
    username: colon < 0 ? text(entry.username) : decoded.slice(0, colon),
    password: colon < 0 ? text(entry.password) : decoded.slice(colon + 1),
    identityToken: text(entry.identitytoken),
    registryToken: text(entry.registrytoken),
  };
  return Object.values(credentials).some((value) => value !== '') ? credentials : undefined;
}

/** As docker writes it: name and password in base64, a token in place of the password. */
export function writeEntry(credentials: RegistryCredentials): AuthEntry {
  const { username, password, identityToken } = credentials;
  const auth = Buffer.from(`${username}:${identityToken === '' ? password : ''}`).toString(
    'base64',
  );
  return { auth, ...(identityToken === '' ? {} : { identitytoken: identityToken }) };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
