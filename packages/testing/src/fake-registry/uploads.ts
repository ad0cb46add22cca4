import type { IncomingMessage } from 'node:http';
import type { Answer } from './answer.js';
import { digestOf } from './images.js';
import { failure } from './store.js';
import type { FakeStore } from './store.js';
import type { Fault } from './types.js';

interface Session {
  readonly repo: string;
  readonly chunks: Uint8Array[];
}

export interface UploadRequest {
  readonly repo: string;
  /** Of the session; empty for a POST. */
  readonly id: string;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly contentRange: string | undefined;
  readonly body: Uint8Array;
  readonly fault: Fault | undefined;
}

const none = new Uint8Array();

/** The uploads of the fake registry, as the distribution specification has them. */
export class FakeUploads {
  readonly sessions = new Map<string, Session>();
  readonly #store: FakeStore;
  /** Where an upload goes on: its own origin, or another. */
  readonly #base: () => string;
  #count = 0;

  constructor(store: FakeStore, base: () => string) {
    this.#store = store;
    this.#base = base;
  }

  answer(request: UploadRequest): Answer {
    if (request.method === 'POST') return this.#start(request);
    const session = this.sessions.get(request.id);
    if (session === undefined) return failure(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload');
    if (request.method === 'PATCH') return this.#patch(request, session);
    if (request.method === 'PUT') return this.#put(request, session);
    if (request.method === 'GET') return this.#state(204, request, session);
    this.sessions.delete(request.id);
    return { status: 204, headers: {}, body: none };
  }

  /** Bytes that arrived before the connection was cut. */
  keep(id: string, bytes: Uint8Array): void {
    this.sessions.get(id)?.chunks.push(bytes);
  }

  #start({ repo, query }: UploadRequest): Answer {
    const [digest, from] = [query.get('mount'), query.get('from')];
    const bytes = digest && from ? this.#store.blob(from, digest) : undefined;
    if (bytes !== undefined && digest) {
      this.#store.addPushed(repo, digest, bytes);
      return created(`/v2/${repo}/blobs/${digest}`, digest);
    }
    const id = `u${++this.#count}`;
    const session: Session = { repo, chunks: [] };
    this.sessions.set(id, session);
    return { status: 202, headers: this.#headers(id, session), body: none };
  }

  #patch(request: UploadRequest, session: Session): Answer {
    const has = sizeOf(session);
    const first = /^(\d+)-\d+$/.exec(request.contentRange ?? '')?.[1];
    if (first !== undefined && Number(first) !== has) return this.#state(416, request, session);
    const { body, fault } = request;
    const lost = fault?.type === 'shrink' ? fault.by : 0;
    session.chunks.push(body.subarray(0, Math.max(0, body.length - lost)));
    return this.#state(202, request, session);
  }

  #put({ repo, id, query, body }: UploadRequest, session: Session): Answer {
    const digest = query.get('digest') ?? '';
    const bytes = Buffer.concat([...session.chunks, body]);
    this.sessions.delete(id);
    if (digestOf(bytes) !== digest) {
      return failure(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    }
    this.#store.addPushed(repo, digest, bytes);
    return created(`/v2/${repo}/blobs/${digest}`, digest);
  }

  #state(status: number, { id }: UploadRequest, session: Session): Answer {
    return { status, headers: this.#headers(id, session), body: none };
  }

  #headers(id: string, session: Session): Record<string, string> {
    const last = Math.max(0, sizeOf(session) - 1);
    const location = `${this.#base()}/v2/${session.repo}/blobs/uploads/${id}?_state=a%2Fb%20c`;
    return { location, range: `0-${last}`, 'docker-upload-uuid': id };
  }
}

function sizeOf({ chunks }: Session): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

function created(location: string, digest: string): Answer {
  return { status: 201, headers: { location, 'docker-content-digest': digest }, body: none };
}

/** The body of a request; with a fault of the request, as far as it may come. */
export async function readBody(
  req: IncomingMessage,
  fault: Fault | undefined,
  arrived: (bytes: number) => void,
): Promise<{ readonly body: Buffer; readonly ended: boolean }> {
  const chunks: Buffer[] = [];
  const stops = fault?.type === 'cut-request' || fault?.type === 'stall-request';
  let left = stops ? fault.after : Number.POSITIVE_INFINITY;
  if (left <= 0) return { body: Buffer.alloc(0), ended: false };
  try {
    for await (const part of req.iterator({ destroyOnReturn: false })) {
      const chunk = (part as Buffer).subarray(0, left);
      chunks.push(chunk);
      arrived(chunk.length);
      left -= chunk.length;
      if (left <= 0) return { body: Buffer.concat(chunks), ended: false };
    }
  } catch {
    return { body: Buffer.concat(chunks), ended: false };
  }
  return { body: Buffer.concat(chunks), ended: true };
}
