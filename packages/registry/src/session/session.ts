import type { RegistryCallOptions } from '@wharf/engine/ports';
import { unauthenticated } from '../auth/authorizer.js';
import type { Subject } from '../auth/authorizer.js';
import { configuredCredentials } from '../auth/configured.js';
import { credentialsOf } from '../auth/credentials.js';
import type { Credentials } from '../auth/credentials.js';
import type { RegistryHostConfig, RegistryLimits } from '../config.js';
import { readSmall } from '../http/body.js';
import { sendFollowing } from '../http/redirect.js';
import type { RedirectedAnswer } from '../http/redirect.js';
import type { HttpRequest } from '../http/transport.js';
import type { Endpoint } from '../net/places.js';
import type { Wire } from './wire.js';

export interface RegistryRequest extends Omit<HttpRequest, 'url' | 'headers'> {
  /** Below `/v2/<repository>/`, or an address that the registry gave. */
  readonly to: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without credentials, whatever the address. */
  readonly bare?: boolean;
}

/** Times that a 401 is answered with other credentials: a forgotten token, then a fresh one. */
const maxChallenges = 2;

/** Finds the credentials for an endpoint: the caller's for the host that is named, else the operator's. */
export async function openSession(
  wire: Wire,
  endpoint: Endpoint,
  options: RegistryCallOptions,
  scopes: readonly string[],
): Promise<Session> {
  const settings = wire.hosts.settings(new URL(endpoint.base).host, endpoint.name);
  const given = credentialsOf(endpoint.named ? options.auth : undefined);
  const own = given.kind === 'anonymous' ? settings?.credentials : undefined;
  const credentials = own === undefined ? given : await configuredCredentials(own);
  return new Session({ wire, endpoint, settings, credentials, scopes, signal: options.signal });
}

export interface SessionParts {
  readonly wire: Wire;
  readonly endpoint: Endpoint;
  readonly settings: RegistryHostConfig | undefined;
  readonly credentials: Credentials;
  readonly scopes: readonly string[];
  readonly signal: AbortSignal;
}

/** Requests on one repository at one endpoint, authorized. */
export class Session {
  readonly endpoint: Endpoint;
  readonly wire: Wire;
  readonly settings: RegistryHostConfig | undefined;
  readonly signal: AbortSignal;
  readonly limits: RegistryLimits;
  readonly subject: Subject;
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { wire, endpoint, credentials, scopes } = parts;
    this.wire = wire;
    this.endpoint = endpoint;
    this.settings = parts.settings;
    this.signal = parts.signal;
    const { limits } = wire;
    this.limits = endpoint.mirror ? { ...limits, attempts: limits.mirrorAttempts } : limits;
    const registry = new URL(endpoint.base);
    this.subject = { registry, host: endpoint.name, scopes, credentials };
  }

  /** The same with another signal. */
  under(signal: AbortSignal): Session {
    return new Session({ ...this.#parts, signal });
  }

  /** The answer, whatever its status but 401. */
  async send(request: RegistryRequest): Promise<RedirectedAnswer> {
    const { authorizer } = this.wire;
    const url = this.#urlOf(request.to);
    if (request.bare === true || url.origin !== this.subject.registry.origin) {
      return { ...(await this.#try(request, url, undefined)), foreign: true };
    }
    let authorization = await authorizer.header(this.subject, this.signal);
    for (let round = 0; round <= maxChallenges; round++) {
      const answer = await this.#try(request, url, authorization);
      if (answer.status !== 401 || answer.foreign) return answer;
      await readSmall(answer, this.wire.transport, this.signal);
      const challenge = answer.headers['www-authenticate'];
      authorization = await authorizer.answer(challenge, authorization, this.subject, this.signal);
    }
    throw unauthenticated(this.subject);
  }

  /** One request with this header and no other try: what `login` needs. */
  sendWith(request: RegistryRequest, authorization: string | undefined): Promise<RedirectedAnswer> {
    return this.#try(request, this.#urlOf(request.to), authorization);
  }

  #urlOf(to: string | URL): URL {
    const { base, repository } = this.endpoint;
    return typeof to === 'string' ? new URL(`${base}/v2/${repository}/${to}`) : to;
  }

  #try(
    request: RegistryRequest,
    url: URL,
    authorization: string | undefined,
  ): Promise<RedirectedAnswer> {
    const { hosts, transport } = this.wire;
    const { method, body, answerMs } = request;
    const headers = {
      ...request.headers,
      ...(authorization === undefined ? {} : { authorization }),
    };
    const http: HttpRequest = {
      method,
      url,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(answerMs === undefined ? {} : { answerMs }),
    };
    return sendFollowing(transport, hosts, http, this.signal);
  }
}
