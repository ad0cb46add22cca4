import { createHash } from 'node:crypto';
import { DataLossError, WharfError } from '@wharf/core';
import type { ResolvedDescriptor } from '@wharf/engine/ports';
import {
  acceptedManifestTypes,
  defaultTag,
  digestAlgorithm,
  digestOf,
  familiar,
  isDigest,
  maxDocumentBytes,
  mediaTypes,
  parseJson,
} from '@wharf/oci';
import type { Digest, Reference } from '@wharf/oci';
import { readAll } from '../http/body.js';
import type { RedirectedAnswer } from '../http/redirect.js';
import { retrying } from '../http/retry.js';
import { checkDocumentSize, contentLength } from './checks.js';
import { statusFailure } from '../http/failure.js';
import type { Session } from '../session/session.js';

export const accept = acceptedManifestTypes.join(', ');

/** One endpoint's answer to `RegistryPort.resolve`. */
export async function resolveAt(
  session: Session,
  reference: Reference,
): Promise<ResolvedDescriptor> {
  const name = reference.digest ?? reference.tag ?? defaultTag;
  const asked = {
    reference,
    path: `manifests/${name}`,
    what: `manifest for ${familiar(reference)}`,
  };
  return retrying(session.limits, session.signal, async () => {
    return (await byHead(session, asked)) ?? (await byGet(session, asked));
  });
}

interface Asked {
  readonly reference: Reference;
  readonly path: string;
  readonly what: string;
}

/** Undefined when the answer lacks something, or is an error whose reason only a body can tell. */
async function byHead(session: Session, asked: Asked): Promise<ResolvedDescriptor | undefined> {
  const answer = await session.send({ method: 'HEAD', to: asked.path, headers: { accept } });
  answer.body.resume();
  if (answer.status !== 200) return undefined;
  const mediaType = knownType(answer);
  const size = contentLength(answer.headers);
  const said = answer.headers['docker-content-digest'];
  if (mediaType === undefined || typeof size !== 'number' || size === 0) return undefined;
  checkDocumentSize(asked.what, size);
  if (!isDigest(said)) {
    const { digest } = asked.reference;
    return said === undefined && digest !== undefined ? { mediaType, digest, size } : undefined;
  }
  checkAsked(session, asked, said);
  return { mediaType, digest: said, size };
}

async function byGet(session: Session, asked: Asked): Promise<ResolvedDescriptor> {
  const { transport } = session.wire;
  const answer = await session.send({ method: 'GET', to: asked.path, headers: { accept } });
  if (answer.status !== 200) {
    const { name } = session.endpoint;
    throw await statusFailure(answer, transport, session.signal, { name, what: asked.what });
  }
  const bytes = await readAll(answer, transport, maxDocumentBytes, session.signal);
  const said = answer.headers['docker-content-digest'];
  const wanted = asked.reference.digest ?? (isDigest(said) ? said : undefined);
  const algorithm = wanted === undefined ? 'sha256' : digestAlgorithm(wanted);
  const digest = digestOf(algorithm, createHash(algorithm).update(bytes).digest('hex'));
  if (wanted !== undefined && wanted !== digest) throw lies(session, asked, wanted, digest);
  return { mediaType: documentType(session, asked, answer, bytes), digest, size: bytes.length };
}

function checkAsked(session: Session, asked: Asked, said: Digest): void {
  const { digest } = asked.reference;
  if (digest !== undefined && digest !== said) throw lies(session, asked, digest, said);
}

function lies(session: Session, asked: Asked, wanted: Digest, got: Digest): DataLossError {
  const host = session.endpoint.name;
  return new DataLossError(`${host}: the ${asked.what} is ${got}, expected ${wanted}`, {
    facts: { host, digest: wanted },
  });
}

function headerType(answer: RedirectedAnswer): string {
  return (answer.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
}

function knownType(answer: RedirectedAnswer): string | undefined {
  const type = headerType(answer);
  return acceptedManifestTypes.includes(type) ? type : undefined;
}

/** From header and body, which must not contradict each other: one document has one type (R4). */
function documentType(
  session: Session,
  asked: Asked,
  answer: RedirectedAnswer,
  bytes: Uint8Array,
): string {
  const host = session.endpoint.name;
  const said = knownType(answer);
  const written = bodyType(host, asked.what, bytes);
  if (said !== undefined && written !== undefined && said !== written) {
    throw new DataLossError(
      `${host}: the ${asked.what} is sent as ${said} but says it is ${written}`,
      { facts: { host } },
    );
  }
  const type = said ?? written;
  if (type !== undefined && acceptedManifestTypes.includes(type)) return type;
  throw new WharfError(
    'unimplemented',
    `${host}: the ${asked.what} is of a kind that is not supported (${JSON.stringify(type ?? headerType(answer)).slice(0, 120)}): push the image again with a current tool`,
    { facts: { host } },
  );
}

/** What the document says it is; an OCI document may leave it out, and is then known by its fields. */
function bodyType(host: string, what: string, bytes: Uint8Array): string | undefined {
  let json;
  try {
    json = parseJson(bytes, { maxBytes: maxDocumentBytes });
  } catch (cause) {
    throw new DataLossError(`${host}: the ${what} is no valid document`, {
      cause,
      facts: { host },
    });
  }
  if (!(json instanceof Map)) return undefined;
  const type: unknown = json.get('mediaType');
  if (typeof type === 'string') return type;
  if (json.get('schemaVersion') !== 2) return undefined;
  if (json.has('manifests')) return mediaTypes.ociIndex;
  return json.has('layers') ? mediaTypes.ociManifest : undefined;
}
