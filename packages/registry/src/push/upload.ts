import { DataLossError } from '@wharf/core';
import type { ReadBlob, ResolvedDescriptor } from '@wharf/engine/ports';
import type { Digest } from '@wharf/oci';
import { PassingFault, printable } from '../fault.js';
import { readSmall } from '../http/body.js';
import { statusFailure } from '../http/failure.js';
import { nextUrl } from '../http/redirect.js';
import type { RedirectedAnswer } from '../http/redirect.js';
import type { StreamBody } from '../http/send-body.js';
import type { Session } from '../session/session.js';
import { parseUploadRange } from './upload-range.js';

export interface Upload {
  readonly session: Session;
  readonly descriptor: ResolvedDescriptor;
  readonly read: ReadBlob;
  readonly onBytes: ((sent: number) => void) | undefined;
  /** `blob sha256:… for reg/app`, for messages. */
  readonly what: string;
}

/**
 * One upload session at a registry: bytes by PATCH, then a PUT that closes it. The address moves with each
 * answer; once it has been at another origin, nothing of it carries credentials again.
 */
export class UploadSession {
  /** Bytes that the registry is known or believed to have. */
  at = 0;
  /** All bytes went out and the closing PUT may have been heard. */
  closing = false;
  #resumed = false;
  readonly #upload: Upload;
  #url: URL;
  #foreign: boolean;

  constructor(upload: Upload, answer: RedirectedAnswer) {
    this.#upload = upload;
    this.#foreign = answer.foreign;
    this.#url = answer.url;
    this.#moveTo(answer, true);
  }

  /** Sends bytes from `at` on, up to `limit` of them in one request. */
  async patch(limit: number): Promise<void> {
    const { descriptor, session, what } = this.#upload;
    const first = this.at;
    const size = Math.min(limit, descriptor.size - first);
    const whole = first === 0 && size === descriptor.size;
    const answer = await this.#send('PATCH', this.#url, {
      headers: {
        'content-type': 'application/octet-stream',
        ...(whole ? {} : { 'content-range': `${first}-${first + size - 1}` }),
      },
      body: this.#part(size),
      answerMs: session.limits.commitMs,
    });
    if (answer.status < 200 || answer.status > 204) throw await this.#lost(answer);
    await this.#drop(answer);
    this.#moveTo(answer, false);
    const has = parseUploadRange(answer.headers.range) ?? first + size;
    if (has > first + size)
      throw this.#lies(`says it has ${has} bytes of ${what}, of ${first + size} sent`);
    this.at = has;
    if (has < first + size) {
      throw this.#passing(`kept ${has} of ${first + size} bytes of ${what}`);
    }
  }

  /** Closes the upload; with `single` the bytes go along. */
  async put(single: boolean): Promise<void> {
    const { descriptor, session } = this.#upload;
    this.closing = true;
    const answer = await this.#send('PUT', withDigest(this.#url, descriptor.digest), {
      headers: { 'content-type': 'application/octet-stream' },
      body: single ? this.#part(descriptor.size) : '',
      answerMs: session.limits.commitMs,
    });
    if (answer.status !== 201 && answer.status !== 204) throw await this.#lost(answer);
    await this.#drop(answer);
    this.at = descriptor.size;
    checkDigest(answer, descriptor.digest, session.endpoint.name);
  }

  /** Asks how far the registry is. False when the session is of no more use. */
  async recover(): Promise<boolean> {
    const answer = await this.#send('GET', this.#url, {});
    await this.#drop(answer);
    if (answer.status !== 204 && answer.status !== 200 && answer.status !== 202) return false;
    const has = parseUploadRange(answer.headers.range);
    if (has === undefined || has === 1 || has > this.#upload.descriptor.size) return false;
    this.#moveTo(answer, false);
    this.at = has;
    this.#resumed = true;
    this.#upload.onBytes?.(has);
    return true;
  }

  /** Tells the registry that nothing more will come; what it says does not matter. */
  async discard(signal: AbortSignal): Promise<void> {
    const session = this.#upload.session.under(signal);
    const answer = await session.send({ method: 'DELETE', to: this.#url, bare: this.#foreign });
    answer.body.destroy();
  }

  #part(size: number): StreamBody {
    const { read, onBytes, descriptor } = this.#upload;
    const first = this.at;
    return {
      size,
      open: (signal) => part(read(first, { signal }), size, first + size === descriptor.size),
      onBytes: (sent) => onBytes?.(first + sent),
    };
  }

  #send(
    method: 'GET' | 'PUT' | 'PATCH' | 'DELETE',
    to: URL,
    request: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: StreamBody | string;
      readonly answerMs?: number;
    },
  ): Promise<RedirectedAnswer> {
    return this.#upload.session.send({ method, to, bare: this.#foreign, ...request });
  }

  async #drop(answer: RedirectedAnswer): Promise<void> {
    const { session } = this.#upload;
    await readSmall(answer, session.wire.transport, session.signal);
  }

  #moveTo(answer: RedirectedAnswer, required: boolean): void {
    const { session, what } = this.#upload;
    const { location } = answer.headers;
    if (answer.foreign) this.#foreign = true;
    if (location === undefined || location === '') {
      if (!required) return;
      throw this.#lies(`accepts the upload of ${what} without saying where to`);
    }
    this.#url = nextUrl(answer.url, location, session.wire.hosts, 'takes the upload');
    if (this.#url.origin !== session.subject.registry.origin) this.#foreign = true;
  }

  #lies(what: string): DataLossError {
    const { name } = this.#upload.session.endpoint;
    return new DataLossError(`${name}: ${what}`, { facts: { host: name } });
  }

  #passing(what: string): PassingFault {
    const { name } = this.#upload.session.endpoint;
    return new PassingFault('unavailable', `${name}: ${what}`, { facts: { host: name } });
  }

  /** The failure of a PATCH or PUT; a session that is gone or out of step is worth another try. */
  async #lost(answer: RedirectedAnswer): Promise<Error> {
    const { session, what } = this.#upload;
    const { name } = session.endpoint;
    const asked = { name, what, verb: 'push' as const };
    const failure = await statusFailure(answer, session.wire.transport, session.signal, asked);
    if (failure.facts['reason'] === 'DIGEST_INVALID' && !this.#resumed) {
      return this.#lies(`finds another digest: the ${what} was changed on the way`);
    }
    const gone = answer.status === 404 || answer.status === 410 || answer.status === 416;
    const outOfStep = answer.status === 400 && this.#resumed;
    const expired = this.#foreign && (answer.status === 401 || answer.status === 403);
    if (!gone && !expired && !outOfStep) return failure;
    const text = `${name} lost the upload of ${what}: ${failure.message}`;
    return new PassingFault('unavailable', text, { cause: failure, facts: { host: name } });
  }
}

/** The first `size` bytes; with `last` all there are, so that a source that is too long is found out. */
async function* part(
  source: AsyncIterable<Uint8Array>,
  size: number,
  last: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = size;
  for await (const chunk of source) {
    yield last || chunk.length <= left ? chunk : chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0 && !last) return;
  }
}

/** The address with the digest added; what stands there already may be signed and stays as it is. */
function withDigest(url: URL, digest: Digest): URL {
  const closing = new URL(url);
  const query = `digest=${encodeURIComponent(digest)}`;
  closing.search = url.search === '' ? query : `${url.search}&${query}`;
  return closing;
}

/** @throws DataLossError when the registry says that it has stored something else */
export function checkDigest(answer: RedirectedAnswer, digest: Digest, name: string): void {
  const said = answer.headers['docker-content-digest'];
  if (said === undefined || said === digest) return;
  const shown = printable(String(said), 120);
  throw new DataLossError(`${name}: says that it stored ${shown}, ${digest} was sent`, {
    facts: { host: name, digest },
  });
}
