import { DataLossError, WharfError } from '@wharf/core';
import { parseJson } from '@wharf/oci';
import { maxSmallBody } from '../config.js';
import { printable } from '../fault.js';
import { readAll } from '../http/body.js';
import type { HttpRequest, Transport } from '../http/transport.js';
import { statusFailure } from '../http/failure.js';
import { basicHeader, isHeaderToken } from './credentials.js';
import type { Credentials } from './credentials.js';

export interface TokenRequest {
  readonly realm: URL;
  readonly service: string | undefined;
  /** Empty for a token that only says who asks. */
  readonly scopes: readonly string[];
  /** Ask for an identity token as well. */
  readonly offline?: boolean;
  readonly credentials: Credentials;
  /** The registry's name, for messages. */
  readonly host: string;
}

export interface Token {
  readonly value: string;
  /** An identity token for next time; empty when the server gives none. */
  readonly refresh: string;
  /** On the monotonic clock, milliseconds. */
  readonly until: number;
}

const clientId = 'wharf';
const defaultSeconds = 60;
const maxSeconds = 3600;
/** A token is not used in its last seconds, since the request has yet to arrive. */
const marginSeconds = 5;

/**
 * Asks a token server (distribution spec of tokens: GET with Basic; OAuth2 POST for an identity token). A
 * redirect is an error: credentials are for the realm alone.
 */
export async function fetchToken(
  transport: Transport,
  wanted: TokenRequest,
  signal: AbortSignal,
): Promise<Token> {
  const answer = await transport.send(tokenRequest(wanted), signal);
  if (answer.status !== 200) {
    if (answer.status === 401) {
      answer.body.destroy();
      throw refusedCredentials(wanted);
    }
    throw await statusFailure(answer, transport, signal, {
      name: wanted.host,
      what: `a token from ${wanted.realm.host}`,
    });
  }
  return parseToken(await readAll(answer, transport, maxSmallBody, signal), wanted);
}

function tokenRequest(wanted: TokenRequest): HttpRequest {
  return wanted.credentials.kind === 'identity'
    ? refreshRequest(wanted, wanted.credentials.token)
    : basicRequest(wanted);
}

/** OAuth2 (RFC 6749, 6): the identity token is a refresh token. */
function refreshRequest({ realm, service, scopes, offline }: TokenRequest, token: string) {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: token,
    client_id: clientId,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(service === undefined ? {} : { service }),
    ...(offline === true ? { access_type: 'offline' } : {}),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST' as const, url: realm, headers, body: form.toString() };
}

function basicRequest({ realm, service, scopes, offline, credentials }: TokenRequest): HttpRequest {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (offline === true) {
    url.searchParams.set('offline_token', 'true');
    url.searchParams.set('client_id', clientId);
  }
  if (credentials.kind !== 'basic') return { method: 'GET', url, headers: {} };
  url.searchParams.set('account', credentials.username);
  const authorization = basicHeader(credentials.username, credentials.password);
  return { method: 'GET', url, headers: { authorization } };
}

function parseToken(bytes: Uint8Array, wanted: TokenRequest): Token {
  const bad = (what: string, cause?: unknown): DataLossError =>
    new DataLossError(`the token server ${wanted.realm.host} answered ${what}`, {
      cause,
      facts: { host: wanted.realm.host },
    });
  let json;
  try {
    json = parseJson(bytes, { maxBytes: maxSmallBody });
  } catch (cause) {
    throw bad('without a valid document', cause);
  }
  if (!(json instanceof Map)) throw bad('without a valid document');
  const value: unknown = json.get('token') || json.get('access_token');
  if (typeof value !== 'string' || !isHeaderToken(value)) throw bad('without a usable token');
  const seconds: unknown = json.get('expires_in');
  const refresh: unknown = json.get('refresh_token');
  return {
    value,
    refresh: typeof refresh === 'string' && isHeaderToken(refresh) ? refresh : '',
    until: performance.now() + lifetimeMs(seconds),
  };
}

function lifetimeMs(seconds: unknown): number {
  const given = typeof seconds === 'number' && seconds > 0 ? seconds : defaultSeconds;
  return Math.max(0, Math.min(given, maxSeconds) - marginSeconds) * 1000;
}

function refusedCredentials({ host, realm, credentials }: TokenRequest): WharfError {
  const which = credentials.kind === 'anonymous' ? 'authentication required' : 'wrong credentials';
  return new WharfError(
    'unauthenticated',
    `${printable(host)}: ${which} (says ${realm.host}), run wharf login ${host}`,
    { facts: { host } },
  );
}
