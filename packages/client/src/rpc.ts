import { limits, methodOf } from '@wharf/api';
import type { Method, RequestOf, ResponseOf, ServiceDefinition } from '@wharf/api';
import { DataLossError, InvalidArgumentError, isWharfError, WharfError } from '@wharf/core';
import type { CallOptions } from '@wharf/core';
import type { Call } from './transport/call.js';
import type { Transport } from './transport/transport.js';

/** A call with one request and one response. */
export async function unary<S extends ServiceDefinition, K extends keyof S['methods'] & string, T>(
  transport: Transport,
  [service, key]: readonly [S, K],
  request: RequestOf<S, K>,
  { signal }: CallOptions,
  read: (response: ResponseOf<S, K>) => T,
): Promise<T> {
  const method = methodOf(service, key);
  const bytes = encoded(method, request);
  const call = await transport.call(method.path, { signal });
  call.send(bytes, { end: true }).catch(() => undefined); // why it failed is what next() throws
  const answer = await call.next();
  if (answer === undefined) throw new DataLossError('the daemon answered nothing');
  await call.next();
  return understood(method, answer, read);
}

/** A call with one request and many responses; leaving the loop cancels it. */
export async function* serverStream<
  S extends ServiceDefinition,
  K extends keyof S['methods'] & string,
  T,
>(
  transport: Transport,
  [service, key]: readonly [S, K],
  request: () => RequestOf<S, K>,
  { signal }: CallOptions,
  read: (response: ResponseOf<S, K>) => T,
): AsyncGenerator<T, void, undefined> {
  const method = methodOf(service, key);
  const bytes = encoded(method, request());
  const call = await transport.call(method.path, { signal });
  try {
    call.send(bytes, { end: true }).catch(() => undefined);
    for (let next = await call.next(); next !== undefined; next = await call.next()) {
      yield understood(method, next, read);
    }
  } finally {
    call.cancel(undefined);
  }
}

/**
 * A call that sends a stream and receives one. What fails in the source fails the call; when the daemon has answered
 * all, the source is left.
 */
export async function* upload<
  S extends ServiceDefinition,
  K extends keyof S['methods'] & string,
  T,
>(
  transport: Transport,
  [service, key]: readonly [S, K],
  requests: AsyncIterable<RequestOf<S, K>>,
  { signal }: CallOptions,
  read: (response: ResponseOf<S, K>) => T,
): AsyncGenerator<T, void, undefined> {
  const method = methodOf(service, key);
  const call = await transport.call(method.path, { signal });
  const source = requests[Symbol.asyncIterator]();
  let over = false;
  let broken: { readonly error: unknown } | undefined;
  const sending = (async () => {
    for (let next = await source.next(); next.done !== true; next = await source.next()) {
      if (over) return;
      await sendRequest(call, method, next.value);
    }
    await call.halfClose();
  })().catch((error: unknown) => {
    if (over) return;
    broken = { error };
    call.cancel(undefined);
  });
  try {
    for (let next = await call.next(); next !== undefined; next = await call.next()) {
      yield understood(method, next, read);
    }
    if (broken !== undefined) throw broken.error;
  } finally {
    over = true;
    call.cancel(undefined);
    void sending.then(() => source.return?.());
  }
}

/** Messages both ways. */
export interface Conversation<Request, Response> {
  send(request: Request): Promise<void>;
  /** The next response; undefined at the end. */
  next(): Promise<Response | undefined>;
  /** Leaves; `next` ends. Idempotent. */
  leave(): void;
}

export async function bidi<S extends ServiceDefinition, K extends keyof S['methods'] & string>(
  transport: Transport,
  [service, key]: readonly [S, K],
  { signal }: CallOptions,
): Promise<Conversation<RequestOf<S, K>, ResponseOf<S, K>>> {
  const method = methodOf(service, key);
  const call: Call = await transport.call(method.path, { signal });
  return {
    send: async (request) => sendRequest(call, method, request),
    async next() {
      const { response } = method;
      const part = await (response.bulkStart === undefined
        ? call.next()
        : call.nextPart((start, length) => response.bulkStart?.(start, length)));
      if (part === undefined) return undefined;
      return 'bulk' in part ? part.bulk : understood(method, part, (answer) => answer);
    },
    leave: () => call.cancel(undefined),
  };
}

/**
 * Sends the first message of a conversation. Throws invalid-argument for one that cannot be sent; when the call has
 * ended meanwhile, `next` says why.
 */
export async function begin<Request>(
  call: Pick<Conversation<Request, unknown>, 'send' | 'leave'>,
  request: Request,
): Promise<void> {
  try {
    await call.send(request);
  } catch (error) {
    if (!isWharfError(error) || error.code !== 'invalid-argument') return;
    call.leave();
    throw error;
  }
}

/** The request's bytes are copied before it returns. */
function sendRequest<Request>(
  call: Call,
  method: Method<Request, unknown>,
  request: Request,
): Promise<void> {
  const parts = method.request.encodeParts?.(request);
  return parts === undefined ? call.send(encoded(method, request)) : call.sendParts(parts);
}

/** What cannot be written at all (a number beyond its type) or is too large was a wrong argument. */
function encoded<Request>(method: Method<Request, unknown>, request: Request): Uint8Array {
  const bytes = written(method, request);
  if (bytes.byteLength <= limits.messageBytes) return bytes;
  const megabytes = limits.messageBytes / 2 ** 20;
  throw new InvalidArgumentError(
    `the request has ${bytes.byteLength} bytes, at most ${megabytes} MiB are allowed`,
  );
}

function written<Request>(method: Method<Request, unknown>, request: Request): Uint8Array {
  try {
    return method.request.encode(request).finish();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidArgumentError(`the request cannot be sent: ${why}`, { cause });
  }
}

/** What cannot be read is not the caller's fault: the daemon speaks another version. */
function understood<Response, T>(
  method: Pick<Method<unknown, Response>, 'response'>,
  bytes: Uint8Array,
  read: (response: Response) => T,
): T {
  return answered(() => {
    const { response } = method;
    return read(response.decodeBulk?.(bytes) ?? response.decode(bytes));
  });
}

/** What `read` makes of an answer. */
export function answered<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const why = isWharfError(cause) ? cause.message : 'it is not a valid message';
    const text = `the answer of the daemon is not understood (${why}): is it of another version?`;
    throw new WharfError('unimplemented', text, { cause });
  }
}
