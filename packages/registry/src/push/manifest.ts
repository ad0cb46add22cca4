import { InvalidArgumentError } from '@wharf/core';
import type { RegistryCallOptions, ResolvedDescriptor } from '@wharf/engine/ports';
import { defaultTag, digestAlgorithm, digestOf, familiar, isDigest } from '@wharf/oci';
import type { Reference } from '@wharf/oci';
import { createHash } from 'node:crypto';
import { repositoryScope } from '../auth/scopes.js';
import { readSmall } from '../http/body.js';
import { statusFailure } from '../http/failure.js';
import type { RedirectedAnswer } from '../http/redirect.js';
import { retrying } from '../http/retry.js';
import { checkDocumentSize } from '../pull/checks.js';
import { openSession } from '../session/session.js';
import type { Session } from '../session/session.js';
import type { Wire } from '../session/wire.js';
import { checkDigest } from './upload.js';

const created = new Set([200, 201, 202, 204]);

/** What `RegistryWritePort.pushManifest` promises. */
export async function pushManifest(
  wire: Wire,
  reference: Reference,
  mediaType: string,
  bytes: Uint8Array,
  options: RegistryCallOptions,
): Promise<ResolvedDescriptor & { readonly subjectHandled: boolean }> {
  const what = `manifest for ${familiar(reference)}`;
  checkDocumentSize(what, bytes.length);
  checkType(mediaType);
  const algorithm = reference.digest === undefined ? 'sha256' : digestAlgorithm(reference.digest);
  const digest = digestOf(algorithm, createHash(algorithm).update(bytes).digest('hex'));
  if (reference.digest !== undefined && reference.digest !== digest) {
    throw new InvalidArgumentError(`the ${what} has the digest ${digest}`, { facts: { digest } });
  }
  const endpoint = await wire.places.origin(reference);
  const scopes = [repositoryScope({ path: endpoint.repository }, 'pull,push')];
  const session = await openSession(wire, endpoint, options, scopes);
  const to = `manifests/${reference.digest ?? reference.tag ?? defaultTag}`;
  const answer = await retrying(session.limits, session.signal, () =>
    put(session, to, mediaType, bytes, what),
  );
  checkDigest(answer, digest, endpoint.name);
  const subjectHandled = isDigest(answer.headers['oci-subject']);
  return { mediaType, digest, size: bytes.length, subjectHandled };
}

async function put(
  session: Session,
  to: string,
  mediaType: string,
  bytes: Uint8Array,
  what: string,
): Promise<RedirectedAnswer> {
  const { transport } = session.wire;
  const answer = await session.send({
    method: 'PUT',
    to,
    headers: { 'content-type': mediaType },
    body: bytes,
    answerMs: session.limits.commitMs,
  });
  if (!created.has(answer.status)) {
    const asked = { name: session.endpoint.name, what, verb: 'push' as const };
    throw await statusFailure(answer, transport, session.signal, asked);
  }
  await readSmall(answer, transport, session.signal);
  return answer;
}

/** It becomes a header. */
function checkType(mediaType: string): void {
  if (/^[A-Za-z0-9!#$&^_.+-]{1,127}\/[A-Za-z0-9!#$&^_.+-]{1,127}$/.test(mediaType)) return;
  throw new InvalidArgumentError(`invalid media type ${JSON.stringify(mediaType.slice(0, 120))}`);
}
