import { DataLossError } from '@wharf/core';
import type { Repository, ResolvedDescriptor } from '@wharf/engine/ports';
import { acceptedManifestTypes } from '@wharf/oci';
import { readAll } from '../http/body.js';
import { retrying } from '../http/retry.js';
import { checkDocumentSize, checkEncoding, contentLength, hashLike } from './checks.js';
import { statusFailure } from '../http/failure.js';
import { accept } from './resolve.js';
import type { Session } from '../session/session.js';

/** One endpoint's answer to `RegistryPort.fetchDocument`. */
export async function documentAt(
  session: Session,
  repository: Repository,
  descriptor: ResolvedDescriptor,
  kind: 'manifest' | 'blob',
): Promise<Uint8Array> {
  const what = `${kind} ${descriptor.digest} of ${repository.domain}/${repository.path}`;
  checkDocumentSize(what, descriptor.size);
  const { transport } = session.wire;
  return retrying(session.limits, session.signal, async () => {
    const bytes = await load(session, descriptor, kind, what);
    checkBytes(session.endpoint.name, what, descriptor, bytes);
    return bytes;
  });
}

async function load(
  session: Session,
  descriptor: ResolvedDescriptor,
  kind: 'manifest' | 'blob',
  what: string,
): Promise<Uint8Array> {
  const { transport } = session.wire;
  const { name } = session.endpoint;
  const path = `${kind === 'manifest' ? 'manifests' : 'blobs'}/${descriptor.digest}`;
  const headers = kind === 'manifest' ? { accept } : { accept: '*/*' };
  const answer = await session.send({ method: 'GET', to: path, headers });
  if (answer.status !== 200) {
    throw await statusFailure(answer, transport, session.signal, { name, what });
  }
  try {
    const length = contentLength(answer.headers);
    checkEncoding(name, what, answer.headers, descriptor.size);
    if (length !== undefined && length !== descriptor.size) {
      throw wrongSize(name, what, descriptor.size, String(length));
    }
    if (kind === 'manifest') checkType(name, what, descriptor, answer.headers['content-type']);
  } catch (error) {
    answer.body.destroy();
    throw error;
  }
  return readAll(answer, transport, descriptor.size, session.signal);
}

function checkType(
  host: string,
  what: string,
  descriptor: ResolvedDescriptor,
  header: string | undefined,
): void {
  const type = (header ?? '').split(';')[0]!.trim().toLowerCase();
  if (!acceptedManifestTypes.includes(type) || type === descriptor.mediaType) return;
  throw new DataLossError(
    `${host}: the ${what} is sent as ${type}, its descriptor says ${descriptor.mediaType.slice(0, 120)}`,
    { facts: { host, digest: descriptor.digest } },
  );
}

function checkBytes(
  host: string,
  what: string,
  descriptor: ResolvedDescriptor,
  bytes: Uint8Array,
): void {
  if (bytes.length !== descriptor.size) {
    throw wrongSize(host, what, descriptor.size, String(bytes.length));
  }
  const digest = hashLike(descriptor.digest, bytes);
  if (digest === descriptor.digest) return;
  throw new DataLossError(`${host}: the ${what} has the digest ${digest}: it was changed`, {
    facts: { host, digest: descriptor.digest },
  });
}

function wrongSize(host: string, what: string, wanted: number, got: string): DataLossError {
  return new DataLossError(`${host}: the ${what} has ${got} bytes, expected ${wanted}`, {
    facts: { host },
  });
}
