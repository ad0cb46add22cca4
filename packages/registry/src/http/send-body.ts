import type { ClientRequest } from 'node:http';
import { DataLossError } from '@wharf/core';
import type { RegistryLimits } from '../config.js';
import { watchBody } from './watch.js';

/** A body that is made while it is sent. */
export interface StreamBody {
  /** Bytes, exactly. */
  readonly size: number;
  /** Called once for each request that carries the body, so again after a redirect or a 401. */
  readonly open: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** Told of bytes that the connection took, of this request. */
  readonly onBytes?: (sent: number) => void;
}

/** The source of a body failed: not the registry's fault, so no other try. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
  override readonly cause: unknown;

  constructor(cause: unknown) {
    super('the source of the upload failed', { cause });
    this.cause = cause;
  }
}

/**
 * Writes a body at the pace of the connection, one chunk at a time, and ends the request. Destroys the request
 * with the failure if there is one; stops when `stopped` fires, which is the answer or the end of the request.
 * @returns whether all of the body went out
 */
export async function sendBody(
  req: ClientRequest,
  body: StreamBody,
  limits: RegistryLimits,
  host: string,
  stopped: AbortSignal,
): Promise<boolean> {
  const end = (fault: Error): void => void req.destroy(fault);
  const watch = watchBody(limits, { host, verb: 'takes', end });
  let sent = 0;
  try {
    for await (const chunk of fromSource(body, stopped)) {
      if (stopped.aborted) return false;
      watch.wait();
      if (!req.write(chunk)) await drained(req, stopped);
      if (stopped.aborted) return false;
      watch.moved(chunk.length);
      sent += chunk.length;
      body.onBytes?.(sent);
    }
    if (stopped.aborted) return false;
    watch.wait();
    req.end();
    await finished(req, stopped);
    return req.writableFinished;
  } catch (error) {
    if (!stopped.aborted) req.destroy(error instanceof Error ? error : new SourceFailure(error));
    return false;
  } finally {
    watch[Symbol.dispose]();
  }
}

/** Exactly `size` bytes; failures of the source are marked as such. */
async function* fromSource(
  body: StreamBody,
  stopped: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = body.size;
  try {
    for await (const chunk of body.open(stopped)) {
      left -= chunk.length;
      if (left < 0) break;
      if (chunk.length > 0) yield chunk;
    }
  } catch (error) {
    throw new SourceFailure(error);
  }
  if (left === 0 || stopped.aborted) return;
  const what = left < 0 ? 'more' : `${left} bytes less`;
  throw new SourceFailure(
    new DataLossError(`the source of the upload has ${what} than the ${body.size} bytes announced`),
  );
}

function drained(req: ClientRequest, stopped: AbortSignal): Promise<void> {
  return event(req, 'drain', stopped);
}

function finished(req: ClientRequest, stopped: AbortSignal): Promise<void> {
  return req.writableFinished ? Promise.resolve() : event(req, 'finish', stopped);
}

function event(req: ClientRequest, name: 'drain' | 'finish', stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      req.off(name, done);
      stopped.removeEventListener('abort', done);
      resolve();
    };
    req.once(name, done);
    if (stopped.aborted) return done();
    stopped.addEventListener('abort', done, { once: true });
  });
}
