import type { RecordedRequest, RouteKind } from './types.js';

/** What a request is about. */
export interface Route {
  readonly kind: RouteKind;
  readonly repo: string;
  /** A tag, a digest or the id of an upload. */
  readonly name: string;
  readonly query: URLSearchParams;
}

export function parseRoute(origin: RecordedRequest['origin'], url: string): Route {
  const [path = '/', search = ''] = url.split('?');
  const query = new URLSearchParams(search);
  const route = (kind: RouteKind, repo = '', name = ''): Route => ({ kind, repo, name, query });
  const upload = /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/.exec(path);
  if (upload !== null) return route('upload', upload[1], upload[2]);
  if (origin === 'cdn') return route('cdn', '', path.slice('/data/'.length));
  if (path === '/token') return route('token');
  if (path === '/v2/' || path === '/v2') return route('ping');
  if (path === '/v1/search') return route('search');
  const tags = /^\/v2\/(.+)\/tags\/list$/.exec(path);
  if (tags !== null) return route('tags', tags[1]);
  const found = /^\/v2\/(.+)\/(manifests|blobs|referrers)\/([^/]+)$/.exec(path);
  if (found === null) return route('other', '', path);
  const kinds = { blobs: 'blob', manifests: 'manifest', referrers: 'referrers' } as const;
  return route(kinds[found[2] as keyof typeof kinds], found[1], found[3]);
}

/** The scopes that a token must have for it. */
export function scopesOf({ kind, repo, query }: Route, method: string): readonly string[] {
  if (kind === 'ping' || kind === 'search' || kind === 'other') return [];
  const reads = method === 'GET' || method === 'HEAD';
  const writes = kind === 'upload' || !reads;
  const own = `repository:${repo}:${writes ? 'pull,push' : 'pull'}`;
  const from = kind === 'upload' ? query.get('from') : null;
  return from === null ? [own] : [own, `repository:${from}:pull`];
}
