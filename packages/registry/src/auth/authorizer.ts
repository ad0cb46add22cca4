import { WharfError } from '@wharf/core';
import { cancellation } from '../fault.js';
import type { Transport } from '../http/transport.js';
import { parseChallenges } from './challenge.js';
import type { Challenge } from './challenge.js';
import { basicHeader, fingerprint } from './credentials.js';
import type { Credentials } from './credentials.js';
import { realmUrl } from './realm.js';
import { joinScopes } from './scopes.js';
import { fetchToken } from './token.js';
import type { Token, TokenRequest } from './token.js';

/** Who asks for what at which registry. */
export interface Subject {
  /** Any URL of the registry. */
  readonly registry: URL;
  /** Its name for messages. */
  readonly host: string;
  /** What the token must allow, as the token specification writes it; empty to say only who asks. */
  readonly scopes: readonly string[];
  readonly credentials: Credentials;
}

const maxRemembered = 1000;

/**
 * Finds the Authorization header for requests. Remembers what a registry asked for, so that the second
 * request to it goes out authorized, and keeps tokens until they expire; both in memory, bounded.
 */
export class Authorizer {
  readonly #transport: Transport;
  /** What each registry asked for last, whatever the scope. */
  readonly #asked = new Map<string, Challenge>();
  /** The scopes that are due together with those that the registry named. */
  readonly #joined = new Map<string, readonly string[]>();
  readonly #tokens = new Map<string, Token>();
  readonly #flights = new Map<string, Promise<Token>>();
  readonly #closing = new AbortController();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  close(): void {
    this.#closing.abort();
  }

  /** The header for a first try; undefined when the registry is not known to want one. */
  async header(subject: Subject, signal: AbortSignal): Promise<string | undefined> {
    if (subject.credentials.kind === 'registry') return `Bearer ${subject.credentials.token}`;
    const challenge = this.#asked.get(registryKey(subject));
    if (challenge === undefined) return undefined;
    const scopes = this.#joined.get(subjectKey(subject)) ?? subject.scopes;
    return this.#meet(challenge, { ...subject, scopes }, signal);
  }

  /**
   * The header that answers a 401.
   * @param rejected the header that the 401 was for
   * @throws WharfError unauthenticated when there is nothing more to offer
   */
  async answer(
    wwwAuthenticate: string | undefined,
    rejected: string | undefined,
    subject: Subject,
    signal: AbortSignal,
  ): Promise<string> {
    this.#forget(rejected);
    const challenge = choose(parseChallenges(wwwAuthenticate ?? ''));
    if (challenge === undefined || subject.credentials.kind === 'registry') {
      throw unauthenticated(subject);
    }
    remember(this.#asked, registryKey(subject), challenge);
    const scopes = joinScopes(subject.scopes, challenge.parameters.get('scope'));
    remember(this.#joined, subjectKey(subject), scopes);
    const header = await this.#meet(challenge, { ...subject, scopes }, signal);
    if (header === undefined || header === rejected) throw unauthenticated(subject);
    return header;
  }

  /**
   * The header for `GET /v2/` after a 401, from a token server with the identity token that it may give. Keeps
   * nothing.
   */
  async login(
    wwwAuthenticate: string | undefined,
    subject: Subject,
    signal: AbortSignal,
  ): Promise<{ readonly header: string; readonly identityToken: string }> {
    const { credentials } = subject;
    const challenge = choose(parseChallenges(wwwAuthenticate ?? ''));
    if (challenge?.scheme === 'bearer' && credentials.kind !== 'registry') {
      const wanted = { ...tokenRequest(challenge, subject), offline: true };
      const { value, refresh } = await fetchToken(this.#transport, wanted, signal);
      return { header: `Bearer ${value}`, identityToken: refresh };
    }
    if (challenge?.scheme !== 'basic' || credentials.kind !== 'basic') {
      throw unauthenticated(subject);
    }
    const header = basicHeader(credentials.username, credentials.password);
    return { header, identityToken: '' };
  }

  async #meet(
    challenge: Challenge,
    subject: Subject,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { credentials } = subject;
    if (challenge.scheme === 'bearer') {
      return `Bearer ${(await this.#token(challenge, subject, signal)).value}`;
    }
    if (credentials.kind !== 'basic') return undefined;
    return basicHeader(credentials.username, credentials.password);
  }

  async #token(challenge: Challenge, subject: Subject, signal: AbortSignal): Promise<Token> {
    const wanted = tokenRequest(challenge, subject);
    const key = tokenKey(wanted);
    const known = this.#tokens.get(key);
    if (known !== undefined && known.until > performance.now()) return known;
    const flight = this.#flights.get(key) ?? this.#take(key, wanted);
    return raced(flight, signal);
  }

  /** One request for all who want the same token; its waiters can leave, it ends by its own time limits. */
  #take(key: string, wanted: TokenRequest): Promise<Token> {
    const flight = fetchToken(this.#transport, wanted, this.#closing.signal)
      .then((token) => {
        remember(this.#tokens, key, token);
        return token;
      })
      .finally(() => this.#flights.delete(key));
    flight.catch(() => undefined);
    this.#flights.set(key, flight);
    return flight;
  }

  #forget(header: string | undefined): void {
    if (header?.startsWith('Bearer ') !== true) return;
    const value = header.slice('Bearer '.length);
    for (const [key, token] of this.#tokens) if (token.value === value) this.#tokens.delete(key);
  }
}

function choose(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find((c) => c.scheme === 'bearer') ?? challenges.find((c) => c.scheme === 'basic')
  );
}

export function unauthenticated({ host, credentials }: Subject): WharfError {
  const anonymous = credentials.kind === 'anonymous';
  const what = anonymous ? 'authentication required' : 'the credentials were refused';
  return new WharfError('unauthenticated', `${host}: ${what}, run wharf login ${host}`, {
    facts: { host },
  });
}

function tokenRequest(challenge: Challenge, subject: Subject): TokenRequest {
  const { registry, scopes, credentials, host } = subject;
  return {
    realm: realmUrl(challenge.parameters.get('realm'), registry),
    service: challenge.parameters.get('service'),
    scopes,
    credentials,
    host,
  };
}

function registryKey({ registry, credentials }: Subject): string {
  return `${registry.origin} ${fingerprint(credentials)}`;
}

function subjectKey(subject: Subject): string {
  return JSON.stringify([registryKey(subject), subject.scopes]);
}

function tokenKey({ realm, service, scopes, credentials }: TokenRequest): string {
  return JSON.stringify([realm.href, service ?? null, scopes, fingerprint(credentials)]);
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > maxRemembered && oldest.done !== true) map.delete(oldest.value);
}

function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(cancellation(signal));
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(cancellation(signal));
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
