import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { sendAnswer } from './answer.js';
import type { Answer } from './answer.js';
import { FakeAuth } from './auth.js';
import { FaultPlan } from './faults.js';
import { startOrigin } from './origin.js';
import type { Origin } from './origin.js';
import { FakeStore, failure } from './store.js';
import { referrersAnswer, searchAnswer, subjectOf, tagsAnswer } from './lists.js';
import type { FakeSearchResult } from './lists.js';
import { parseRoute, scopesOf } from './route.js';
import type { Route } from './route.js';
import type { Behaviour, FakeTls, Fault, RecordedRequest, RouteKind } from './types.js';
import { FakeUploads, readBody } from './uploads.js';

export interface FakeRegistryOptions {
  /** Serves https with this key; http otherwise. */
  readonly tls?: FakeTls;
  readonly auth?: 'none' | 'basic' | 'bearer';
  /** User name -> password; `alice: secret` unless given. */
  readonly users?: Readonly<Record<string, string>>;
  /** Identity token -> user name. */
  readonly identityTokens?: Readonly<Record<string, string>>;
  /** With bearer auth: a token without credentials may pull. */
  readonly anonymousPull?: boolean;
  /** Seconds in the token answer. */
  readonly expiresIn?: number;
  /** The realm in the challenge in place of the fake's own token endpoint. */
  readonly realm?: string;
  /** The token endpoint is a server of its own. */
  readonly separateTokenServer?: boolean;
  /** Blobs are answered with a 307 to a second server. */
  readonly redirectBlobs?: boolean;
  /** Uploads go on at that second server. */
  readonly uploadsElsewhere?: boolean;
  /** A mount is answered with an upload. */
  readonly noMounts?: boolean;
  /** The registry knows no `subject`. */
  readonly noReferrers?: boolean;
  /** What a search chooses from; without, there is no search. */
  readonly searchResults?: readonly FakeSearchResult[];
  /** The token server gives an identity token (`refresh-of-NAME`) to a user who asks for one. */
  readonly offlineTokens?: boolean;
  /** Repositories for which the token server gives nothing. */
  readonly denied?: readonly string[];
  readonly behaviours?: readonly Behaviour[];
}

/** A registry in this process, on loopback ports of its own. Disposal closes all its connections. */
export interface FakeRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`, the host part of a reference. */
  readonly host: string;
  readonly url: string;
  /** Where blobs are redirected to; always there, so that a test can name it. */
  readonly cdn: { readonly host: string; readonly url: string };
  /** Where tokens come from; the registry itself unless `separateTokenServer`. */
  readonly tokens: { readonly host: string; readonly url: string };
  readonly store: FakeStore;
  /** Ids of the uploads that have not ended. */
  readonly openUploads: readonly string[];
  /** Forgets all uploads. */
  dropUploads(): void;
  /** Every request in the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** @returns a function that takes the behaviour away again */
  misbehave(behaviour: Behaviour): () => void;
  /** No token issued so far is accepted any longer. */
  revokeTokens(): void;
  /** Called for each connection to the registry itself. */
  onConnection(listener: (socket: Socket) => void): void;
  /** Body bytes sent for paths that contain `part` (a digest, say). */
  bytesSent(part: string): number;
}

/** Starts a registry that does right, but for `options.behaviours` and `misbehave`. */
export async function startFakeRegistry(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  await using undo = new AsyncDisposableStack();
  const fake = new Fake(options);
  const serve = async (origin: RecordedRequest['origin']): Promise<Origin> =>
    undo.use(await startOrigin((req, res) => void fake.handle(origin, req, res), options.tls));
  const registry = await serve('registry');
  const cdn = await serve('cdn');
  const tokens = options.separateTokenServer === true ? await serve('token') : registry;
  fake.urls = { cdn: cdn.url, realm: options.realm ?? `${tokens.url}/token` };
  const owned = undo.move();
  return {
    host: registry.host,
    url: registry.url,
    cdn,
    tokens,
    store: fake.store,
    requests: fake.requests,
    get openUploads() {
      return [...fake.uploads.sessions.keys()];
    },
    dropUploads: () => fake.uploads.sessions.clear(),
    misbehave: (behaviour) => fake.faults.add(behaviour),
    revokeTokens: () => fake.auth.revokeTokens(),
    onConnection: (listener) => void registry.server.on('connection', listener),
    bytesSent: (part) =>
      fake.requests.reduce((sum, r) => (r.path.includes(part) ? sum + r.bytesSent : sum), 0),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

class Fake {
  readonly store = new FakeStore();
  readonly faults = new FaultPlan();
  readonly requests: RecordedRequest[] = [];
  readonly auth: FakeAuth;
  readonly uploads: FakeUploads;
  readonly #options: FakeRegistryOptions;
  urls = { cdn: '', realm: '' };

  constructor(options: FakeRegistryOptions) {
    this.#options = options;
    this.auth = new FakeAuth({
      mode: options.auth ?? 'none',
      users: options.users ?? { alice: 'secret' },
      identityTokens: options.identityTokens ?? {},
      anonymousPull: options.anonymousPull ?? false,
      offline: options.offlineTokens ?? false,
      denied: options.denied ?? [],
      expiresIn: options.expiresIn,
      realm: () => this.urls.realm,
    });
    const elsewhere = options.uploadsElsewhere === true;
    this.uploads = new FakeUploads(this.store, () => (elsewhere ? this.urls.cdn : ''));
    for (const behaviour of options.behaviours ?? []) this.faults.add(behaviour);
  }

  async handle(
    origin: RecordedRequest['origin'],
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> {
    const path = req.url ?? '/';
    const method = req.method ?? 'GET';
    const route = parseRoute(origin, path);
    const log = record(origin, route.kind, method, path, req);
    this.requests.push(log);
    const fault = this.faults.take(route.kind, method, path);
    const refused = origin === 'cdn' ? undefined : this.#refusal(route, req, method);
    if (refused !== undefined) return sendAnswer(req, res, refused, fault, log);
    const { body, ended } = await this.#body(req, route, fault, log);
    if (ended) return sendAnswer(req, res, this.#answer(route, req, body, fault), fault, log);
    if (route.kind === 'upload') this.uploads.keep(route.name, body);
    if (fault?.type === 'cut-request') res.socket?.destroy();
  }

  /** What stands before a status fault is not read: the answer comes early. */
  async #body(
    req: IncomingMessage,
    route: Route,
    fault: Fault | undefined,
    log: RecordedRequest,
  ): Promise<{ readonly body: Buffer; readonly ended: boolean }> {
    const early = route.kind === 'upload' && fault?.type === 'status';
    if (early) return { body: Buffer.alloc(0), ended: true };
    return readBody(req, fault, (bytes) => (log.bytesReceived += bytes));
  }

  #refusal(route: Route, req: IncomingMessage, method: string): Answer | undefined {
    if (route.kind === 'token') return undefined;
    return this.auth.challenge(req, scopesOf(route, method));
  }

  #answer(route: Route, req: IncomingMessage, body: Buffer, fault: Fault | undefined): Answer {
    const { kind, repo, name, query } = route;
    if (kind === 'token') {
      return this.auth.tokenAnswer(req, new URLSearchParams(body.toString()));
    }
    if (kind === 'cdn') return this.store.blobAnswer(name);
    if (kind === 'upload') return this.#upload(route, req, body, fault);
    if (kind === 'manifest' && req.method === 'PUT') return this.#putManifest(route, req, body);
    if (kind === 'manifest') return this.store.manifestAnswer(repo, name);
    if (kind === 'blob') return this.#blob(route);
    if (kind === 'tags') return tagsAnswer(this.store, repo, query);
    if (kind === 'referrers' && this.#options.noReferrers !== true) {
      return referrersAnswer(this.store, repo, name);
    }
    if (kind === 'search') return searchAnswer(this.#options.searchResults, query);
    if (kind === 'ping') return { status: 200, headers: {}, body: Buffer.from('{}') };
    return failure(404, 'NAME_UNKNOWN', 'page not found');
  }

  #blob({ repo, name }: Route): Answer {
    const answer = this.store.blobAnswer(name, repo);
    if (this.#options.redirectBlobs !== true || answer.status !== 200) return answer;
    const location = `${this.urls.cdn}/data/${name}?signature=s`;
    return { status: 307, headers: { location }, body: new Uint8Array() };
  }

  #upload(
    { repo, name, query }: Route,
    req: IncomingMessage,
    body: Buffer,
    fault: Fault | undefined,
  ): Answer {
    if (fault?.type === 'status') return { status: 500, headers: {}, body: new Uint8Array() };
    const contentRange = req.headers['content-range'];
    const mounts = this.#options.noMounts !== true;
    return this.uploads.answer({
      repo,
      id: name,
      method: req.method ?? '',
      query: mounts || req.method !== 'POST' ? query : new URLSearchParams(),
      contentRange,
      body,
      fault,
    });
  }

  #putManifest({ repo, name }: Route, req: IncomingMessage, body: Buffer): Answer {
    const mediaType = req.headers['content-type'] ?? '';
    const tags = name.includes(':') ? [] : [name];
    const { digest } = this.store.putManifest(repo, body, mediaType, ...tags);
    if (name.includes(':') && name !== digest) {
      return failure(400, 'DIGEST_INVALID', 'provided digest did not match');
    }
    const subject = this.#options.noReferrers === true ? undefined : subjectOf(body);
    const headers = {
      location: `/v2/${repo}/manifests/${digest}`,
      'docker-content-digest': digest,
      ...(subject === undefined ? {} : { 'oci-subject': subject }),
    };
    return { status: 201, headers, body: new Uint8Array() };
  }
}

function record(
  origin: RecordedRequest['origin'],
  kind: RouteKind,
  method: string,
  path: string,
  req: IncomingMessage,
): RecordedRequest {
  const { authorization } = req.headers;
  const headers = { ...req.headers };
  const log = { origin, kind, method, path, headers, authorization };
  return { ...log, status: 0, bytesSent: 0, bytesReceived: 0 };
}
