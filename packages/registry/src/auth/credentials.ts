import { createHash } from 'node:crypto';
import { InvalidArgumentError } from '@wharf/core';
import type { RegistryAuth } from '@wharf/engine/ports';

/** The one form of credentials that will be used. */
export type Credentials =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity'; readonly token: string; readonly username: string }
  | { readonly kind: 'registry'; readonly token: string };

/** @throws InvalidArgumentError for values that no header can carry */
export function credentialsOf(auth: RegistryAuth | undefined): Credentials {
  if (auth === undefined) return { kind: 'anonymous' };
  const { username, password, identityToken, registryToken } = auth;
  if (registryToken !== '') return { kind: 'registry', token: headerToken(registryToken) };
  if (identityToken !== '') return { kind: 'identity', token: identityToken, username };
  if (username === '') return { kind: 'anonymous' };
  if (username.includes(':')) {
    throw new InvalidArgumentError('a registry user name cannot contain a colon');
  }
  return { kind: 'basic', username, password };
}

/** Tells two credentials apart without keeping them: a key for caches. */
export function fingerprint(credentials: Credentials): string {
  return createHash('sha256').update(JSON.stringify(credentials)).digest('base64url');
}

export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Whether a token can stand in a header: visible ASCII without spaces, so no second header hides in it. */
export function isHeaderToken(token: string): boolean {
  if (token === '') return false;
  for (let i = 0; i < token.length; i++) {
    const code = token.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return true;
}

function headerToken(token: string): string {
  if (isHeaderToken(token)) return token;
  throw new InvalidArgumentError('a registry token has visible ASCII characters only');
}
