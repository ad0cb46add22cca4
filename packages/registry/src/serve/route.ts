import { parseDigest, type Digest } from '@wharf/oci';
import { Refusal } from './refusal.js';

/** What a path of the distribution API asks for (distribution-spec 1.1, endpoints). */
export type Route =
  | { readonly kind: 'base' | 'catalog' }
  | { readonly kind: 'tags' | 'uploads'; readonly repository: string }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly kind: 'blob' | 'referrers'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'upload'; readonly repository: string; readonly session: string };

const maxPath = 1024;
const repositoryName = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;
const tagName = /^\w[\w.-]{0,127}$/;
const sessionId = /^[0-9a-f]{32}$/;

/** @throws Refusal for what is no path of the API */
export function routeOf(path: string): Route {
  if (path.length > maxPath) throw new Refusal(414, 'UNSUPPORTED', 'the path is too long');
  if (path === '/v2/' || path === '/v2') return { kind: 'base' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  const parts = path.split('/');
  if (parts[0] !== '' || parts[1] !== 'v2') throw unknownPath();
  const [verb, last] = [parts.at(-2) ?? '', parts.at(-1) ?? ''];
  const upload = parts.at(-3) === 'blobs' && verb === 'uploads';
  const repository = parts.slice(2, upload ? -3 : -2).join('/');
  if (repository.length > 255 || !repositoryName.test(repository)) {
    throw new Refusal(400, 'NAME_INVALID', 'the repository name is not valid');
  }
  if (upload) return uploadRoute(repository, last);
  if (verb === 'blobs') return { kind: 'blob', repository, digest: digestOf(last) };
  if (verb === 'referrers') return { kind: 'referrers', repository, digest: digestOf(last) };
  if (verb === 'tags' && last === 'list') return { kind: 'tags', repository };
  if (verb !== 'manifests') throw unknownPath();
  if (!last.includes(':') && !tagName.test(last)) {
    throw new Refusal(400, 'TAG_INVALID', 'the tag is not valid');
  }
  const reference = last.includes(':') ? digestOf(last) : last;
  return { kind: 'manifest', repository, reference };
}

export function digestOf(text: string): Digest {
  try {
    return parseDigest(decodeURIComponent(text));
  } catch {
    throw new Refusal(400, 'DIGEST_INVALID', 'the digest is not valid');
  }
}

function uploadRoute(repository: string, last: string): Route {
  if (last === '') return { kind: 'uploads', repository };
  if (sessionId.test(last)) return { kind: 'upload', repository, session: last };
  throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload');
}

function unknownPath(): Refusal {
  return new Refusal(404, 'UNSUPPORTED', 'there is nothing at this path');
}
