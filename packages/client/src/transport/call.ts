import { failureFromWire } from '@wharf/api';
import { CancelledError, isWharfError, UnavailableError, WharfError } from '@wharf/core';
import type { Connection, Http2Stream, StreamSink } from './connection.js';
import type { Header } from './hpack.js';
import { framedMessage, MessageAssembler } from './messages.js';
import type { BulkPart, BulkStart } from './messages.js';

/** Eight digits at most (gRPC over HTTP/2, Timeout). */
const maxTimeoutMs = 99_999_999;

export interface CallSettings {
  readonly signal: AbortSignal;
  /** After so many milliseconds the call fails with deadline-exceeded; the server is told too. */
  readonly timeoutMs?: number;
}

/** One remote procedure call as streams of message bytes. */
export class Call implements StreamSink {
  readonly #stream: Http2Stream;
  readonly #settings: CallSettings;
  readonly #assembler = new MessageAssembler();
  readonly #arrived: Buffer[] = [];
  readonly #headers = new Map<string, string>();
  readonly #onAbort = (): void => this.cancel(abortFailure(this.#settings.signal));
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> = Promise.resolve();
  #outcome: { readonly failure: WharfError | undefined; readonly local: boolean } | undefined;
  #wake: (() => void) | undefined;

  constructor(connection: Connection, path: string, authority: string, settings: CallSettings) {
    this.#settings = settings;
    const { signal, timeoutMs } = settings;
    this.#stream = connection.start(requestHeaders(path, authority, timeoutMs), this);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (timeoutMs !== undefined) this.#timer = setTimeout(() => this.#expire(timeoutMs), timeoutMs);
  }

  /** Resolves when more may be sent. */
  send(message: Uint8Array, { end = false }: { readonly end?: boolean } = {}): Promise<void> {
    return this.#write(framedMessage(message), end);
  }

  /** The same for a message in parts, which are copied before it returns. */
  sendParts(parts: readonly Uint8Array[]): Promise<void> {
    return this.#write(framedMessage(...parts), false);
  }

  /** No more messages of ours. */
  halfClose(): Promise<void> {
    return this.#write(Buffer.alloc(0), true);
  }

  /** The next message; undefined when the server ended the call well. Throws its failure otherwise. */
  async next(): Promise<Buffer | undefined> {
    return this.#next(() => this.#assembler.next());
  }

  /** The same, but a bulk message comes in the parts in which it arrives. */
  async nextPart<T>(start: BulkStart<T>): Promise<Buffer | BulkPart<T> | undefined> {
    return this.#next(() => this.#assembler.nextPart(start));
  }

  async #next<M>(take: () => M | undefined): Promise<M | undefined> {
    for (;;) {
      if (this.#outcome?.local === true) return this.#finish(this.#outcome.failure);
      const message = this.#assembled(take);
      if (message !== undefined) return message;
      if (this.#arrived.length > 0) continue;
      if (this.#outcome !== undefined) return this.#finish(this.#outcome.failure);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Breaks the call off; `next` throws `failure`, or ends when there is none. */
  cancel(failure: WharfError | undefined): void {
    this.#stream.reset();
    this.#settle({ failure, local: true });
  }

  onHeaders(headers: readonly Header[]): void {
    for (const [name, value] of headers) this.#headers.set(name, value);
  }

  onData(bytes: Buffer): void {
    this.#arrived.push(bytes);
    this.#wake?.();
  }

  onClose(failure: WharfError | undefined): void {
    this.#settle({ failure: failure ?? statusFailure(this.#headers), local: false });
  }

  #assembled<M>(take: () => M | undefined): M | undefined {
    try {
      for (;;) {
        const message = take();
        if (message !== undefined) return message;
        const piece = this.#arrived.shift();
        if (piece === undefined) return undefined;
        this.#assembler.push(piece);
        this.#stream.consumed(piece.length);
      }
    } catch (error) {
      if (isWharfError(error)) this.cancel(error);
      throw error;
    }
  }

  #finish(failure: WharfError | undefined): undefined {
    if (failure !== undefined) throw failure;
    if (this.#outcome?.local === false) this.#assembler.end();
    return undefined;
  }

  #write(bytes: Buffer, end: boolean): Promise<void> {
    this.#sending = this.#sending.then(() => this.#stream.write(bytes, { end }));
    this.#sending.catch(() => undefined);
    return this.#sending;
  }

  #expire(timeoutMs: number): void {
    this.cancel(new WharfError('deadline-exceeded', `no answer within ${timeoutMs} ms`));
  }

  #settle(outcome: { readonly failure: WharfError | undefined; readonly local: boolean }): void {
    if (this.#outcome?.local === true) return;
    this.#outcome = outcome;
    clearTimeout(this.#timer);
    this.#settings.signal.removeEventListener('abort', this.#onAbort);
    this.#wake?.();
  }
}

function requestHeaders(path: string, authority: string, timeoutMs?: number): Header[] {
  const headers: Header[] = [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', authority],
    ['te', 'trailers'],
    ['content-type', 'application/grpc'],
    ['user-agent', 'wharf'],
  ];
  if (timeoutMs === undefined) return headers;
  const clamped = Math.min(Math.max(1, Math.ceil(timeoutMs)), maxTimeoutMs);
  return [...headers, ['grpc-timeout', `${clamped}m`]];
}

/** What the trailers say; undefined is success. */
function statusFailure(headers: ReadonlyMap<string, string>): WharfError | undefined {
  const status = headers.get('grpc-status');
  if (status === undefined) {
    const http = headers.get(':status') ?? 'none';
    return new UnavailableError(`not a Wharf daemon: it answered with HTTP status ${http}`);
  }
  if (status === '0') return undefined;
  const details = headers.get('grpc-status-details-bin');
  return failureFromWire(
    Number(status),
    percentDecoded(headers.get('grpc-message') ?? ''),
    details === undefined ? undefined : Buffer.from(details, 'base64'),
  );
}

/** Invalid sequences are left as they are (gRPC over HTTP/2, Status-Message). */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The failure that an aborted signal stands for. */
export function abortFailure(signal: AbortSignal): WharfError {
  const reason: unknown = signal.reason;
  if (isWharfError(reason)) return reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new WharfError('deadline-exceeded', 'the time for the operation is over', {
      cause: reason,
    });
  }
  return new CancelledError(undefined, { cause: reason });
}
