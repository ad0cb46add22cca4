import type { RegistryCallOptions, Repository } from '@wharf/engine/ports';
import { unauthenticated } from '../auth/authorizer.js';
import type { Authorizer, Subject } from '../auth/authorizer.js';
import { credentialsOf } from '../auth/credentials.js';
import { readSmall } from '../http/body.js';
import { sendFollowing } from '../http/redirect.js';
import type { RedirectedAnswer } from '../http/redirect.js';
import type { Transport } from '../http/transport.js';
import type { Endpoint, Hosts } from '../net/hosts.js';

/** What all verbs share. */
export interface Wire {
  readonly hosts: Hosts;
  readonly transport: Transport;
  readonly authorizer: Authorizer;
}

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD';
  /** Below `/v2/<repository>/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Times that a 401 is answered with other credentials: a forgotten token, then a fresh one. */
const maxChallenges = 2;

/** Requests on one repository at one endpoint, authorized. */
export class Session {
  readonly endpoint: Endpoint;
  readonly wire: Wire;
  readonly signal: AbortSignal;
  readonly #base: string;
  readonly #subject: Subject;

  constructor(
    wire: Wire,
    endpoint: Endpoint,
    repository: Repository,
    options: RegistryCallOptions,
  ) {
    this.wire = wire;
    this.endpoint = endpoint;
    this.signal = options.signal;
    this.#base = `${endpoint.base}/v2/${repository.path}/`;
    this.#subject = {
      registry: new URL(endpoint.base),
      host: endpoint.name,
      scope: `repository:${repository.path}:pull`,
      credentials: credentialsOf(endpoint.mirror ? undefined : options.auth),
    };
  }

  /** The answer, whatever its status but 401. */
  async send(request: RegistryRequest): Promise<RedirectedAnswer> {
    const { authorizer } = this.wire;
    let authorization = await authorizer.header(this.#subject, this.signal);
    for (let round = 0; round <= maxChallenges; round++) {
      const answer = await this.#try(request, authorization);
      if (answer.status !== 401 || answer.foreign) return answer;
      await readSmall(answer, this.wire.transport, this.signal);
      const challenge = answer.headers['www-authenticate'];
      authorization = await authorizer.answer(challenge, authorization, this.#subject, this.signal);
    }
    throw unauthenticated(this.#subject);
  }

  #try(request: RegistryRequest, authorization: string | undefined): Promise<RedirectedAnswer> {
    const { hosts, transport } = this.wire;
    const url = new URL(this.#base + request.path);
    const headers = {
      ...request.headers,
      ...(authorization === undefined ? {} : { authorization }),
    };
    return sendFollowing(transport, hosts, { method: request.method, url, headers }, this.signal);
  }
}

/** Runs `work` at each mirror and at last at the registry itself, whose failure is the one reported. */
export async function atEndpoints<T>(
  wire: Wire,
  repository: Repository,
  options: RegistryCallOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const endpoints = wire.hosts.endpoints(repository.domain);
  for (const endpoint of endpoints.slice(0, -1)) {
    try {
      return await work(new Session(wire, endpoint, repository, options));
    } catch (error) {
      if (options.signal.aborted) throw error;
    }
  }
  return work(new Session(wire, endpoints.at(-1)!, repository, options));
}
