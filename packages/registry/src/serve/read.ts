import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BlobDescriptor, Contents } from '@wharf/core';
import { isIndexType, isManifestType, parseManifestOrIndex } from '@wharf/oci';
import { answerJson, sendBytes } from './answer.js';
import type { Pushed } from './pushed.js';
import { Refusal } from './refusal.js';
import type { Shelf } from './shelf.js';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly signal: AbortSignal;
}

export interface ReadSide {
  readonly shelf: Shelf;
  readonly contents: Pick<Contents, 'read'>;
  readonly pushed: Pick<Pushed, 'find'>;
}

const defaultPage = 1000;

/** Tags and repositories, a page at a time: `n` of them after `last`, with a Link to the next page. */
export function answerPage(
  { url, response }: Exchange,
  all: readonly string[],
  wrap: (page: readonly string[]) => unknown,
): void {
  const n = Number(url.searchParams.get('n') ?? defaultPage);
  if (!Number.isInteger(n) || n < 0) {
    throw new Refusal(400, 'PAGINATION_NUMBER_INVALID', 'n must be a whole number');
  }
  const last = url.searchParams.get('last') ?? '';
  const rest = [...all].sort().filter((name) => name > last);
  const page = rest.slice(0, Math.min(n, defaultPage));
  const end = page.at(-1);
  if (page.length < rest.length && end !== undefined) {
    const query = new URLSearchParams({ n: String(page.length), last: end });
    response.setHeader('link', `<${url.pathname}?${query.toString()}>; rel="next"`);
  }
  answerJson(response, wrap(page));
}

export async function answerManifest(
  { shelf, contents, pushed }: ReadSide,
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<void> {
  const found =
    (await pushed.find(repository, reference, exchange)) ??
    (await offered(shelf, exchange, repository, reference));
  if (found === undefined || !isDocument(found)) {
    throw new Refusal(404, 'MANIFEST_UNKNOWN', `${repository} has no manifest ${reference}`);
  }
  await answerBytes(contents, exchange, found, found.mediaType);
}

async function offered(
  shelf: Shelf,
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<BlobDescriptor | undefined> {
  const offer = await shelf.offer(repository, exchange);
  return offer.tags.get(reference) ?? offer.blobs.get(reference);
}

export async function answerBlob(
  { shelf, contents, pushed }: ReadSide,
  exchange: Exchange,
  repository: string,
  digest: string,
): Promise<void> {
  const found =
    (await pushed.find(repository, digest, exchange)) ??
    (await shelf.offer(repository, exchange)).blobs.get(digest);
  if (found === undefined) {
    throw new Refusal(404, 'BLOB_UNKNOWN', `${repository} has no blob ${digest}`);
  }
  await answerBytes(contents, exchange, found, 'application/octet-stream');
}

/** What is here and names the digest as its subject. */
export async function answerReferrers(
  { shelf, contents }: ReadSide,
  exchange: Exchange,
  repository: string,
  digest: string,
): Promise<void> {
  const offer = await shelf.offer(repository, exchange);
  const manifests: unknown[] = [];
  for (const blob of [...offer.blobs.values()].filter(isDocument)) {
    const document = parseManifestOrIndex(await whole(contents, blob, exchange.signal));
    if (document.subject?.digest !== digest) continue;
    const config = document.kind === 'manifest' ? document.config.mediaType : '';
    const { mediaType, size } = blob;
    const artifactType = document.artifactType ?? config;
    const { annotations } = document;
    manifests.push({ mediaType, digest: blob.digest, size, artifactType, annotations });
  }
  const { response } = exchange;
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const text = JSON.stringify({ schemaVersion: 2, mediaType, manifests });
  response.writeHead(200, {
    'content-type': mediaType,
    'content-length': Buffer.byteLength(text),
  });
  response.end(exchange.request.method === 'HEAD' ? undefined : text);
}

export function isDocument({ mediaType }: BlobDescriptor): boolean {
  return isManifestType(mediaType) || isIndexType(mediaType);
}

async function answerBytes(
  contents: Pick<Contents, 'read'>,
  { request, response, signal }: Exchange,
  blob: BlobDescriptor,
  type: string,
): Promise<void> {
  const { digest, size } = blob;
  response.setHeader('docker-content-digest', digest);
  response.setHeader('etag', `"${digest}"`);
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('content-type', type);
  const offset = offsetOf(request.headers.range, size);
  if (offset === undefined) response.writeHead(200, { 'content-length': size });
  else {
    const range = `bytes ${offset}-${size - 1}/${size}`;
    response.writeHead(206, { 'content-length': size - offset, 'content-range': range });
  }
  if (request.method === 'HEAD') response.end();
  else await sendBytes(response, contents.read(digest, { signal, offset: offset ?? 0 }), signal);
}

/** Where a resumed download goes on; other kinds of ranges get the whole (RFC 9110, 14.2). */
function offsetOf(range: string | undefined, size: number): number | undefined {
  const match = /^bytes=(\d{1,15})-$/.exec(range ?? '');
  if (match === null) return undefined;
  const offset = Number(match[1]);
  if (offset < size) return offset;
  throw new Refusal(416, 'BLOB_UNKNOWN', `the blob has ${size} bytes`, {
    'content-range': `bytes */${size}`,
  });
}

async function whole(
  contents: Pick<Contents, 'read'>,
  { digest }: BlobDescriptor,
  signal: AbortSignal,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of contents.read(digest, { signal })) parts.push(part);
  return Buffer.concat(parts);
}
