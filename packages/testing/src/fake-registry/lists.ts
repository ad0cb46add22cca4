import type { Answer } from './answer.js';
import { digestOf, mediaTypes } from './images.js';
import { failure } from './store.js';
import type { FakeStore } from './store.js';

/** What a search finds, as the first registry API says it. */
export interface FakeSearchResult {
  readonly name: string;
  readonly description?: string;
  readonly star_count?: number;
  readonly is_official?: boolean;
  readonly is_automated?: boolean;
}

/** `tags/list`, in pages of `n`. */
export function tagsAnswer(store: FakeStore, repo: string, query: URLSearchParams): Answer {
  const all = store.tags(repo);
  if (all.length === 0) return failure(404, 'NAME_UNKNOWN', 'repository name not known');
  const last = query.get('last');
  const rest = last === null ? all : all.filter((tag) => tag > last);
  const tags = rest.slice(0, Number(query.get('n') ?? rest.length));
  const more = tags.length < rest.length;
  const next = `/v2/${repo}/tags/list?last=${tags.at(-1) ?? ''}&n=${query.get('n')}`;
  return json({ name: repo, tags }, more ? { link: `<${next}>; rel="next"` } : {});
}

interface Parsed {
  readonly subject?: { readonly digest?: string };
  readonly artifactType?: string;
  readonly config?: { readonly mediaType?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The referrers API of distribution-spec 1.1. */
export function referrersAnswer(store: FakeStore, repo: string, digest: string): Answer {
  const manifests = store.manifests(repo).flatMap(({ bytes, mediaType, size }) => {
    const document = parse(bytes);
    if (document?.subject?.digest !== digest) return [];
    const artifactType = document.artifactType ?? document.config?.mediaType;
    const { annotations } = document;
    return [{ mediaType, digest: digestOf(bytes), size, artifactType, annotations }];
  });
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return json(index, { 'content-type': mediaTypes.ociIndex });
}

export function subjectOf(manifest: Uint8Array): string | undefined {
  return parse(manifest)?.subject?.digest;
}

function parse(manifest: Uint8Array): Parsed | undefined {
  try {
    return JSON.parse(Buffer.from(manifest).toString()) as Parsed;
  } catch {
    return undefined;
  }
}

export function searchAnswer(
  results: readonly FakeSearchResult[] | undefined,
  query: URLSearchParams,
): Answer {
  if (results === undefined) return failure(404, 'NOT_FOUND', 'page not found');
  const found = results.filter((r) => r.name.includes(query.get('q') ?? ''));
  return json({ num_results: found.length, query: query.get('q'), results: found }, {});
}

function json(value: unknown, headers: Record<string, string>): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}
