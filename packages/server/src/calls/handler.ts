import { decodeRequest, methodOf } from '@wharf/api';
import type { Method, RequestOf, ResponseOf, ServiceDefinition } from '@wharf/api';
import { InvalidArgumentError } from '@wharf/core';
import type { Engine } from '@wharf/core';

/** What a handler knows of its call besides the request. */
export interface CallContext {
  readonly engine: Engine;
  /** Fires when the caller leaves, the deadline passes or the daemon stops. */
  readonly signal: AbortSignal;
}

/** The two directions of a call as bytes of messages. */
export interface ByteStreams {
  /** Ends when the caller half-closes. */
  readonly requests: AsyncIterator<Uint8Array>;
  /** Resolves when more may be sent. */
  send(message: Uint8Array): Promise<void>;
  /** One message; resolves when the parts are no longer needed and more may be sent. */
  sendParts(parts: readonly Uint8Array[]): Promise<void>;
}

export interface CallTraits {
  /** It changes something: who called is logged. */
  readonly write?: boolean;
  /** It lasts as long as the caller likes: a stop of the daemon does not wait for it. */
  readonly long?: boolean;
}

/** One remote procedure, ready to be registered. */
export interface Handler {
  readonly path: string;
  readonly traits: CallTraits;
  run(streams: ByteStreams, context: CallContext): Promise<void>;
}

/** One request, one response. */
export function unary<S extends ServiceDefinition, K extends keyof S['methods'] & string>(
  service: S,
  key: K,
  traits: CallTraits,
  handle: (request: RequestOf<S, K>, context: CallContext) => Promise<ResponseOf<S, K>>,
): Handler {
  const method = methodOf(service, key);
  return {
    path: method.path,
    traits,
    async run(streams, context) {
      const response = await handle(await onlyRequest(method, streams), context);
      await streams.send(method.response.encode(response).finish());
    },
  };
}

/** One request, many responses. */
export function serverStream<S extends ServiceDefinition, K extends keyof S['methods'] & string>(
  service: S,
  key: K,
  traits: CallTraits,
  handle: (request: RequestOf<S, K>, context: CallContext) => AsyncIterable<ResponseOf<S, K>>,
): Handler {
  const method = methodOf(service, key);
  return {
    path: method.path,
    traits,
    async run(streams, context) {
      for await (const response of handle(await onlyRequest(method, streams), context)) {
        await streams.send(method.response.encode(response).finish());
      }
    },
  };
}

/** Messages both ways; the call ends when `handle` returns. */
export interface Conversation<Request, Response> {
  readonly requests: AsyncIterator<Request>;
  /** Resolves when more may be sent; the bytes of a frame that has nothing else may then be used for others. */
  send(response: Response): Promise<void>;
}

export function bidi<S extends ServiceDefinition, K extends keyof S['methods'] & string>(
  service: S,
  key: K,
  traits: CallTraits,
  handle: (
    conversation: Conversation<RequestOf<S, K>, ResponseOf<S, K>>,
    context: CallContext,
  ) => Promise<void>,
): Handler {
  const method = methodOf(service, key);
  return {
    path: method.path,
    traits,
    run: (streams, context) =>
      handle(
        {
          requests: decoded(method, streams.requests),
          send(response) {
            const parts = method.response.encodeParts?.(response);
            if (parts !== undefined) return streams.sendParts(parts);
            return streams.send(method.response.encode(response).finish());
          },
        },
        context,
      ),
  };
}

async function onlyRequest<Request>(
  method: Method<Request, unknown>,
  { requests }: ByteStreams,
): Promise<Request> {
  const first = await requests.next();
  if (first.done === true) throw new InvalidArgumentError('the call has no request');
  const second = await requests.next();
  if (second.done !== true) throw new InvalidArgumentError('the call has several requests');
  return decodeRequest(method.request, first.value);
}

function decoded<Request>(
  method: Method<Request, unknown>,
  bytes: AsyncIterator<Uint8Array>,
): AsyncIterator<Request> {
  return {
    async next() {
      const { done, value } = await bytes.next();
      return done === true
        ? { done, value: undefined }
        : { value: decodeRequest(method.request, value) };
    },
  };
}
