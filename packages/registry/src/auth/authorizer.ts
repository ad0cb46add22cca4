import { WharfError } from '@wharf/core';
import { cancellation } from '../fault.js';
import type { Transport } from '../http/transport.js';
import { parseChallenges } from './challenge.js';
import type { Challenge } from './challenge.js';
import { basicHeader, fingerprint } from './credentials.js';
import type { Credentials } from './credentials.js';
import { realmUrl } from './realm.js';
import { fetchToken } from './token.js';
import type { Token, TokenRequest } from './token.js';

/** Who asks for what at which registry. */
export interface Subject {
  /** Any URL of the registry. */
  readonly registry: URL;
  /** Its name for messages. */
  readonly host: string;
  readonly scope: string;
  readonly credentials: Credentials;
}

const maxRemembered = 1000;

/**
 * Finds the Authorization header for requests. Remembers what a registry asked for, so that the second
 * request to it goes out authorized, and keeps tokens until they expire; both in memory, bounded.
 */
export class Authorizer {
  readonly #transport: Transport;
  readonly #asked = new Map<string, Challenge>();
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
    const challenge = this.#asked.get(subjectKey(subject));
    return challenge === undefined ? undefined : this.#meet(challenge, subject, signal);
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
    remember(this.#asked, subjectKey(subject), challenge);
    const header = await this.#meet(challenge, subject, signal);
    if (header === undefined || header === rejected) throw unauthenticated(subject);
    return header;
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
    const wanted: TokenRequest = {
      realm: realmUrl(challenge.parameters.get('realm'), subject.registry),
      service: challenge.parameters.get('service'),
      scope: challenge.parameters.get('scope') ?? subject.scope,
      credentials: subject.credentials,
      host: subject.host,
    };
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

function subjectKey({ registry, scope, credentials }: Subject): string {
  return [registry.origin, scope, fingerprint(credentials)].join(' ');
}

function tokenKey({ realm, service, scope, credentials }: TokenRequest): string {
  return JSON.stringify([realm.href, service ?? null, scope, fingerprint(credentials)]);
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
