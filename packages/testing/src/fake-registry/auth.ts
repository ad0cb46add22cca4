import type { IncomingMessage } from 'node:http';
import type { Answer } from './answer.js';

export interface FakeAuthOptions {
  readonly mode: 'none' | 'basic' | 'bearer';
  /** User name -> password. */
  readonly users: Readonly<Record<string, string>>;
  /** Identity (refresh) token -> user name. */
  readonly identityTokens: Readonly<Record<string, string>>;
  /** A token without credentials may pull. */
  readonly anonymousPull: boolean;
  /** Gives an identity token to those who ask for one. */
  readonly offline: boolean;
  /** Repositories for which no token says anything. */
  readonly denied: readonly string[];
  /** Seconds that the token answer names. */
  readonly expiresIn: number | undefined;
  readonly realm: () => string;
}

const noBody = new Uint8Array();

/** The gate in front of the registry, and the token server that opens it. */
export class FakeAuth {
  readonly #options: FakeAuthOptions;
  #issued = 0;
  readonly #tokens = new Map<string, readonly string[]>();

  constructor(options: FakeAuthOptions) {
    this.#options = options;
  }

  /** `needs`: scopes, `repository:NAME:pull,push`. The 401 for a request that may not pass, undefined for one that may. */
  challenge(req: IncomingMessage, needs: readonly string[]): Answer | undefined {
    const { mode } = this.#options;
    if (mode === 'none' || this.#passes(req, needs)) return undefined;
    const scope = needs.length === 0 ? '' : `,scope="${needs.join(' ')}"`;
    const value =
      mode === 'basic'
        ? 'Basic realm="fake"'
        : `Bearer realm="${this.#options.realm()}",service="fake.registry"${scope}`;
    const body = JSON.stringify({
      errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }],
    });
    return {
      status: 401,
      headers: { 'www-authenticate': value, 'content-type': 'application/json' },
      body: Buffer.from(body),
    };
  }

  /** No token issued so far is accepted any longer. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** What the token endpoint answers: GET with Basic, or POST of the OAuth2 form. */
  tokenAnswer(req: IncomingMessage, form: URLSearchParams): Answer {
    const query = new URL(req.url ?? '/', 'http://fake').searchParams;
    const user = req.method === 'POST' ? this.#identityUser(form) : this.#basicUser(req);
    if (user === null || (user === undefined && !this.#options.anonymousPull)) {
      return { status: 401, headers: {}, body: noBody };
    }
    const asked = (req.method === 'POST' ? form : query).getAll('scope');
    const scopes = asked
      .flatMap((scope) => scope.split(' '))
      .filter((scope) => this.#may(user, scope));
    this.#issued += 1;
    const token = `token-${this.#issued}-${user ?? 'anonymous'}`;
    this.#tokens.set(token, scopes);
    const { expiresIn } = this.#options;
    const offline = query.get('offline_token') === 'true' && typeof user === 'string';
    const json = {
      ...(offline && this.#options.offline ? { refresh_token: `refresh-of-${user}` } : {}),
      [req.method === 'POST' ? 'access_token' : 'token']: token,
      ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
    };
    const headers = { 'content-type': 'application/json' };
    return { status: 200, headers, body: Buffer.from(JSON.stringify(json)) };
  }

  #may(user: string | undefined, scope: string): boolean {
    if (user === undefined && !scope.endsWith(':pull')) return false;
    return !this.#options.denied.some((denied) => scope.startsWith(`repository:${denied}:`));
  }

  #passes(req: IncomingMessage, needs: readonly string[]): boolean {
    if (this.#options.mode === 'basic') return typeof this.#basicUser(req) === 'string';
    const value = req.headers.authorization ?? '';
    if (!value.startsWith('Bearer ')) return false;
    const scopes = this.#tokens.get(value.slice('Bearer '.length));
    return scopes !== undefined && needs.every((need) => scopes.some((has) => covers(has, need)));
  }

  /** The user, undefined without credentials, null with wrong ones. */
  #basicUser(req: IncomingMessage): string | undefined | null {
    const value = req.headers.authorization;
    if (value === undefined) return undefined;
    if (!value.startsWith('Basic ')) return null;
    const text = Buffer.from(value.slice('Basic '.length), 'base64').toString();
    const at = text.indexOf(':');
    const user = text.slice(0, at);
    const known = Object.hasOwn(this.#options.users, user);
    return known && this.#options.users[user] === text.slice(at + 1) ? user : null;
  }

  #identityUser(form: URLSearchParams): string | null {
    if (form.get('grant_type') !== 'refresh_token') return null;
    return this.#options.identityTokens[form.get('refresh_token') ?? ''] ?? null;
  }
}

/** Whether a scope allows all that another one asks for on the same resource. */
function covers(has: string, need: string): boolean {
  const [hasAt, needAt] = [has.lastIndexOf(':'), need.lastIndexOf(':')];
  if (has.slice(0, hasAt) !== need.slice(0, needAt)) return false;
  const actions = has.slice(hasAt + 1).split(',');
  const wanted = need.slice(needAt + 1).split(',');
  return wanted.every((action) => actions.includes(action));
}
