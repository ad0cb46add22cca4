import type { BlobDescriptor, Contents } from '@wharf/core';
import {
  canonicalName,
  maxDocumentBytes,
  parseManifestOrIndex,
  type ImageIndex,
  type Manifest,
} from '@wharf/oci';
import { createHash } from 'node:crypto';
import { digestOf as digest, type Digest } from '@wharf/oci';
import { leaseOf } from './lease.js';
import type { Pushed } from './pushed.js';
import type { Exchange, ReadSide } from './read.js';
import { Refusal } from './refusal.js';
import { digestOf } from './route.js';
import { referenceOf } from './shelf.js';
import type { Spool, Upload } from './spool.js';

export interface WriteSide extends Omit<ReadSide, 'contents'> {
  readonly contents: Pick<Contents, 'read' | 'missing' | 'write' | 'name'>;
  readonly pushed: Pushed;
  readonly spool: Spool;
}

/** Where a client that left the media type of a blob open meets us: blobs are only bytes. */
const anyBytes = 'application/octet-stream';

/** POST: a new upload, a whole blob at once, or a blob that another repository here has. */
export async function beginUpload(
  side: WriteSide,
  exchange: Exchange,
  repository: string,
): Promise<void> {
  const { url, request, response } = exchange;
  const mount = url.searchParams.get('mount');
  const from = url.searchParams.get('from');
  if (mount !== null && (await mountBlob(side, exchange, repository, mount, from))) return;
  const whole = url.searchParams.get('digest');
  const wanted = whole === null ? undefined : digestOf(whole);
  const upload = await side.spool.begin(repository);
  if (wanted !== undefined) {
    try {
      await upload.append(request);
    } catch (error) {
      // Nobody knows its session: it would stay until it has expired.
      await upload.discard();
      throw error;
    }
    await finish(side, exchange, upload, wanted);
    return;
  }
  response.writeHead(202, { ...progressOf(upload), 'content-length': 0 });
  response.end();
}

/** PATCH: more bytes. A chunk must go on where the last one ended. */
export async function appendUpload(
  { spool }: WriteSide,
  { request, response }: Exchange,
  repository: string,
  session: string,
): Promise<void> {
  const upload = spool.get(repository, session);
  const start = /^(\d{1,15})-\d{1,15}$/.exec(request.headers['content-range'] ?? '')?.[1];
  if (start !== undefined && Number(start) !== upload.size) {
    throw new Refusal(416, 'BLOB_UPLOAD_INVALID', `the upload goes on at ${upload.size}`, {
      ...progressOf(upload),
    });
  }
  await upload.append(request);
  response.writeHead(202, { ...progressOf(upload), 'content-length': 0 });
  response.end();
}

/** PUT: perhaps a last piece, and the digest of it all. */
export async function finishUpload(
  side: WriteSide,
  exchange: Exchange,
  repository: string,
  session: string,
): Promise<void> {
  const upload = side.spool.get(repository, session);
  const claimed = exchange.url.searchParams.get('digest');
  if (claimed === null) throw new Refusal(400, 'DIGEST_INVALID', 'the digest is missing');
  const wanted = digestOf(claimed);
  await upload.append(exchange.request);
  await finish(side, exchange, upload, wanted);
}

export function uploadStatus(
  { spool }: WriteSide,
  { response }: Exchange,
  repository: string,
  session: string,
): void {
  response.writeHead(204, progressOf(spool.get(repository, session)));
  response.end();
}

export async function cancelUpload(
  { spool }: WriteSide,
  { response }: Exchange,
  repository: string,
  session: string,
): Promise<void> {
  await spool.get(repository, session).discard();
  response.writeHead(204);
  response.end();
}

/** PUT of a manifest: kept if all that it names is here; by tag, it is an image of that name from now on. */
export async function putManifest(
  { shelf, contents, pushed }: WriteSide,
  { request, response, signal }: Exchange,
  repository: string,
  reference: string,
): Promise<void> {
  const bytes = await document(request);
  const type = request.headers['content-type'];
  const parsed = parseManifestOrIndex(bytes, type === undefined ? {} : { contentType: type });
  const own = digest('sha256', createHash('sha256').update(bytes).digest('hex'));
  const byDigest = reference.includes(':');
  if (byDigest && reference !== own) {
    throw new Refusal(400, 'DIGEST_INVALID', `the manifest has digest ${own}`);
  }
  const lease = leaseOf(repository);
  await refuseMissing(contents, lease, parsed, signal);
  const blob = { mediaType: parsed.mediaType, digest: own, size: bytes.byteLength };
  await store(contents, lease, blob, () => once(bytes), signal);
  pushed.note(repository, blob);
  if (!byDigest) {
    const name = `${canonicalName(referenceOf(repository))}:${reference}`;
    await contents.name(lease, name, blob, { signal });
    const { blobs } = await shelf.offer(repository, { signal });
    await pushed.settle(repository, blobs, { signal });
  }
  response.writeHead(201, {
    location: `/v2/${repository}/manifests/${own}`,
    'docker-content-digest': own,
    'content-length': 0,
    ...(parsed.subject === undefined ? {} : { 'oci-subject': parsed.subject.digest }),
  });
  response.end();
}

async function refuseMissing(
  contents: WriteSide['contents'],
  lease: string,
  document: Manifest | ImageIndex,
  signal: AbortSignal,
): Promise<void> {
  const needed =
    document.kind === 'index' ? document.manifests : [document.config, ...document.layers];
  const missing = await contents.missing(lease, needed, { signal });
  const first = missing[0];
  if (first === undefined) return;
  throw new Refusal(
    400,
    document.kind === 'index' ? 'MANIFEST_UNKNOWN' : 'MANIFEST_BLOB_UNKNOWN',
    `${first.blob.digest} is not here, push it first`,
  );
}

async function mountBlob(
  { shelf, contents, pushed }: WriteSide,
  exchange: Exchange,
  repository: string,
  mount: string,
  from: string | null,
): Promise<boolean> {
  const wanted = digestOf(mount);
  if (from === null) return false;
  try {
    const blob = (await shelf.offer(from, exchange)).blobs.get(wanted);
    if (blob === undefined) return false;
    await contents.missing(leaseOf(repository), [blob], exchange);
    pushed.note(repository, blob);
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
  created(exchange, repository, wanted);
  return true;
}

async function finish(
  { contents, pushed }: WriteSide,
  exchange: Exchange,
  upload: Upload,
  wanted: Digest,
): Promise<void> {
  try {
    const actual = upload.digest();
    if (actual !== wanted) {
      throw new Refusal(400, 'DIGEST_INVALID', `the bytes have digest ${actual}`);
    }
    const blob = { mediaType: anyBytes, digest: actual, size: upload.size };
    const lease = leaseOf(upload.repository);
    await store(contents, lease, blob, (offset) => upload.read(offset), exchange.signal);
    pushed.note(upload.repository, blob);
  } finally {
    await upload.discard();
  }
  created(exchange, upload.repository, wanted);
}

async function store(
  contents: WriteSide['contents'],
  lease: string,
  blob: BlobDescriptor,
  read: (offset: number) => AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const [missing] = await contents.missing(lease, [blob], { signal });
  if (missing === undefined) return;
  const { offset } = missing;
  await contents.write({ lease, blob, offset }, read(offset), { signal });
}

function created({ response }: Exchange, repository: string, blob: Digest): void {
  response.writeHead(201, {
    location: `/v2/${repository}/blobs/${blob}`,
    'docker-content-digest': blob,
    'content-length': 0,
  });
  response.end();
}

function progressOf({ repository, session, size }: Upload): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${session}`,
    'docker-upload-uuid': session,
    range: `0-${Math.max(0, size - 1)}`,
  };
}

async function document(request: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request) {
    size += part.byteLength;
    if (size > maxDocumentBytes) {
      throw new Refusal(413, 'SIZE_INVALID', `a manifest has at most ${maxDocumentBytes} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
