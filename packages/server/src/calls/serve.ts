import type { Duplex } from 'node:stream';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { Metadata } from '@grpc/grpc-js';
import { bufferOf, failureToWire } from '@wharf/api';
import { CancelledError, toWharfError, WharfError } from '@wharf/core';
import type { Engine, Peer } from '@wharf/core';
import type { LogFields, Logger } from '../logger.js';
import type { Handler } from './handler.js';
import { byteStreams } from './streams.js';
import type { CallTable } from './table.js';

export type RawCall = ServerDuplexStream<Buffer, Buffer>;

export interface ServeDependencies {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly calls: CallTable;
  peerOf(call: RawCall): Peer;
}

/**
 * Every call goes through here: it gets its signal, its failure is mapped to a status exactly once, what is not a
 * failure of ours is logged and leaves as a bare "internal error", and changes are logged with who asked for them.
 */
export async function serve(
  call: RawCall,
  handler: Handler,
  { engine, logger, calls, peerOf }: ServeDependencies,
): Promise<void> {
  const scope = calls.enter(handler.traits.long === true);
  const started = performance.now();
  const peer = peerOf(call);
  call.once('cancelled', () => scope.abort(whyCancelled(call)));
  let failure: WharfError | undefined;
  const { signal } = scope;
  const work = handler.run(byteStreams(call as unknown as Duplex, signal), { engine, signal });
  void work.catch(() => undefined).then(() => scope.leave());
  try {
    await unlessAborted(work, signal);
    call.end();
  } catch (thrown) {
    failure = failureOf(thrown, signal);
    if (failure.code === 'internal') {
      logger.error('call failed by a bug', { method: handler.path, peer, error: failure });
    }
    fail(call, failure);
  }
  if (handler.traits.write === true) {
    const durationMs = Math.round(performance.now() - started);
    logger.info('call', auditFields(handler, peer, failure, durationMs));
  }
}

/** A caller is answered when its signal fires, even if the work takes its time to notice. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  if (signal.aborted) reject(signal.reason as Error);
  await Promise.race([work, aborted]);
}

/** The reason of the abort is the truth, whatever error the abort made somewhere below. */
function failureOf(thrown: unknown, signal: AbortSignal): WharfError {
  const failure = toWharfError(thrown);
  const caused = signal.aborted && (failure.code === 'internal' || failure.code === 'cancelled');
  return caused ? toWharfError(signal.reason) : failure;
}

function fail(call: RawCall, failure: WharfError): void {
  const { status, message, details } = failureToWire(failure);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', bufferOf(details));
  // encodeURI, by which grpc-js writes the text, throws on half of a surrogate pair
  call.emit('error', { code: status, details: message.toWellFormed(), metadata });
}

function whyCancelled(call: RawCall): WharfError {
  return Number(call.getDeadline()) <= Date.now()
    ? new WharfError('deadline-exceeded', 'the deadline of the call has passed')
    : new CancelledError('the caller went away');
}

function auditFields(
  handler: Handler,
  peer: Peer,
  failure: WharfError | undefined,
  durationMs: number,
): LogFields {
  return { method: handler.path, peer, result: failure?.code ?? 'ok', durationMs };
}
