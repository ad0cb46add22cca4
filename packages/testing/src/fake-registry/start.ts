import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendAnswer } from './answer.js';
import type { Answer } from './answer.js';
import { FakeAuth } from './auth.js';
import { FaultPlan } from './faults.js';
import { startOrigin } from './origin.js';
import type { Origin } from './origin.js';
import { FakeStore, failure } from './store.js';
import type { Behaviour, FakeTls, RecordedRequest, RouteKind } from './types.js';

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
  /** Every request in the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** @returns a function that takes the behaviour away again */
  misbehave(behaviour: Behaviour): () => void;
  /** No token issued so far is accepted any longer. */
  revokeTokens(): void;
  /** Called for each connection to the registry itself. */
  onConnection(listener: () => void): void;
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
  readonly #options: FakeRegistryOptions;
  urls = { cdn: '', realm: '' };

  constructor(options: FakeRegistryOptions) {
    this.#options = options;
    this.auth = new FakeAuth({
      mode: options.auth ?? 'none',
      users: options.users ?? { alice: 'secret' },
      identityTokens: options.identityTokens ?? {},
      anonymousPull: options.anonymousPull ?? false,
      expiresIn: options.expiresIn,
      realm: () => this.urls.realm,
    });
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
    const form = route.kind === 'token' ? await readForm(req) : new URLSearchParams();
    await sendAnswer(req, res, this.#answer(route, req, form), fault, log);
  }

  #answer(route: Route, req: IncomingMessage, form: URLSearchParams): Answer {
    if (route.kind === 'token') return this.auth.tokenAnswer(req, form);
    if (route.kind === 'cdn') return this.store.blobAnswer(route.name);
    const refused = this.auth.challenge(req, route.kind === 'ping' ? undefined : route.repo);
    if (refused !== undefined) return refused;
    if (route.kind === 'manifest') return this.store.manifestAnswer(route.repo, route.name);
    if (route.kind === 'blob') return this.#blob(route);
    if (route.kind === 'ping') return { status: 200, headers: {}, body: Buffer.from('{}') };
    return failure(404, 'NAME_UNKNOWN', 'page not found');
  }

  #blob(route: Route): Answer {
    const answer = this.store.blobAnswer(route.name);
    if (this.#options.redirectBlobs !== true || answer.status !== 200) return answer;
    const location = `${this.urls.cdn}/data/${route.name}?signature=s`;
    return { status: 307, headers: { location }, body: new Uint8Array() };
  }
}

interface Route {
  readonly kind: RouteKind;
  readonly repo: string;
  readonly name: string;
}

function parseRoute(origin: RecordedRequest['origin'], url: string): Route {
  const path = url.split('?')[0] ?? '/';
  if (origin === 'cdn') return { kind: 'cdn', repo: '', name: path.slice('/data/'.length) };
  if (path === '/token') return { kind: 'token', repo: '', name: '' };
  if (path === '/v2/' || path === '/v2') return { kind: 'ping', repo: '', name: '' };
  const found = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path);
  if (found === null) return { kind: 'other', repo: '', name: path };
  const kind = found[2] === 'blobs' ? 'blob' : 'manifest';
  return { kind, repo: found[1]!, name: found[3]! };
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
  return { origin, kind, method, path, headers, authorization, status: 0, bytesSent: 0 };
}

async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
