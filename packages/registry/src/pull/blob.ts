import { DataLossError } from '@wharf/core';
import type { Repository, ResolvedDescriptor } from '@wharf/engine/ports';
import { PassingFault } from '../fault.js';
import { readBody } from '../http/body.js';
import type { RedirectedAnswer } from '../http/redirect.js';
import { pauseOrThrow } from '../http/retry.js';
import { checkEncoding, contentLength } from './checks.js';
import { statusFailure } from '../http/failure.js';
import { parseContentRange } from './range.js';
import type { Session } from '../session/session.js';

/** How far a blob has come; shared by the endpoints that are tried one after the other. */
export interface BlobProgress {
  readonly repository: Repository;
  readonly descriptor: ResolvedDescriptor;
  /** Offset of the next byte to hand on. */
  at: number;
}

/** Bytes after which a connection that breaks counts as a first failure again. */
const stretch = 1024 * 1024;

/** The rest of a blob from one endpoint, across cuts. Moves `progress.at` with each part. */
export async function* blobFrom(
  session: Session,
  progress: BlobProgress,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { limits } = session;
  const { size } = progress.descriptor;
  const part = new BlobPart(session, progress);
  let tries = 0;
  let mark = progress.at;
  while (progress.at < size) {
    try {
      yield* part.read();
    } catch (error) {
      if (progress.at === size && error instanceof PassingFault) return;
      if (progress.at - mark >= stretch) tries = 0;
      mark = progress.at;
      tries += 1;
      const { answeredBefore } = part;
      await pauseOrThrow(error, { tries, answeredBefore }, limits, session.signal);
    }
  }
}

/** One request after the other for the same blob; remembers what must not change between them. */
class BlobPart {
  answeredBefore = false;
  readonly #session: Session;
  readonly #progress: BlobProgress;
  readonly #host: string;
  readonly #what: string;
  #etag: string | undefined;

  constructor(session: Session, progress: BlobProgress) {
    const { domain, path } = progress.repository;
    this.#session = session;
    this.#progress = progress;
    this.#host = session.endpoint.name;
    this.#what = `blob ${progress.descriptor.digest} of ${domain}/${path}`;
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    const progress = this.#progress;
    const { size } = progress.descriptor;
    const answer = await this.#request();
    let skip = await this.#begin(answer);
    for await (const chunk of readBody(
      answer,
      this.#session.wire.transport,
      this.#session.signal,
    )) {
      const fresh = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - fresh.length;
      if (fresh.length === 0) continue;
      if (progress.at + fresh.length > size) throw this.#broken(`is longer than ${size} bytes`);
      progress.at += fresh.length;
      yield fresh;
    }
    if (progress.at < size) throw this.#short();
  }

  #request(): Promise<RedirectedAnswer> {
    const { at, descriptor } = this.#progress;
    const headers = { accept: '*/*', ...(at === 0 ? {} : { range: `bytes=${at}-` }) };
    const path = `blobs/${descriptor.digest}`;
    return this.#session.send({ method: 'GET', to: path, headers });
  }

  /** Checks the headers against what is known. @returns how many bytes of the body to skip */
  async #begin(answer: RedirectedAnswer): Promise<number> {
    const { transport } = this.#session.wire;
    if (answer.status !== 200 && answer.status !== 206) throw await this.#refusal(answer);
    this.answeredBefore = true;
    try {
      const skip = answer.status === 206 ? this.#checkRange(answer) : this.#progress.at;
      const wanted = this.#progress.descriptor.size - (this.#progress.at - skip);
      checkEncoding(this.#host, this.#what, answer.headers, wanted);
      const length = contentLength(answer.headers);
      if (length !== undefined && length !== wanted) {
        throw this.#broken(`comes with ${length} bytes, expected ${wanted}`);
      }
      this.#checkEtag(answer.headers.etag);
      return skip;
    } catch (error) {
      answer.body.destroy();
      throw transport.explain(error, answer.url);
    }
  }

  #checkRange(answer: RedirectedAnswer): number {
    const { at, descriptor } = this.#progress;
    const range = parseContentRange(answer.headers['content-range']);
    const right =
      at > 0 &&
      range?.first === at &&
      range.last === descriptor.size - 1 &&
      (range.total === undefined || range.total === descriptor.size);
    if (right) return 0;
    throw this.#broken(`comes from another range than ${at}-${descriptor.size - 1}`);
  }

  #checkEtag(etag: string | undefined): void {
    if (etag === undefined || etag.startsWith('W/')) return;
    if (this.#etag !== undefined && this.#etag !== etag) {
      throw this.#broken('was replaced while it was being fetched');
    }
    this.#etag = etag;
  }

  /** 401 and 403 of a redirect's target mean that the signed address has expired: ask the registry again. */
  async #refusal(answer: RedirectedAnswer): Promise<Error> {
    const { wire, signal } = this.#session;
    if (answer.status === 416) {
      answer.body.destroy();
      return this.#broken(`ends before byte ${this.#progress.at}`);
    }
    const asked = { name: this.#host, what: this.#what };
    const failure = await statusFailure(answer, wire.transport, signal, asked);
    const expired = answer.foreign && (answer.status === 401 || answer.status === 403);
    if (!expired) return failure;
    const text = `${answer.url.host} denies the ${this.#what} that ${this.#host} redirected to`;
    return new PassingFault('unavailable', text, { cause: failure, facts: { host: this.#host } });
  }

  #short(): PassingFault {
    const { at, descriptor } = this.#progress;
    const text = `${this.#host}: the ${this.#what} ended at byte ${at} of ${descriptor.size}`;
    return new PassingFault('unavailable', text, { facts: { host: this.#host } });
  }

  #broken(what: string): DataLossError {
    const facts = { host: this.#host, digest: this.#progress.descriptor.digest };
    return new DataLossError(`${this.#host}: the ${this.#what} ${what}`, { facts });
  }
}
