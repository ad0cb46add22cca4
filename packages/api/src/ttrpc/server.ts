import { CancelledError, WharfError, toWharfError } from '@wharf/core';
import { TtrpcRequest, TtrpcResponse, type TtrpcStatus } from '../gen/wharf/shim/v1/ttrpc.js';
import {
  FrameReader,
  encodeFrame,
  encodeFrameStart,
  flag,
  messageType,
  type Frame,
  type FrameHead,
} from './frame.js';
import { Inbox } from './queue.js';
import { encodeStatus, okStatus } from './status.js';
import type { Transport } from './transport.js';

/** The server's end of one call. */
export interface ServerStream {
  /** The payload of the request. */
  readonly request: Uint8Array;
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
  /** The next message of the caller; undefined when it sends no more. */
  receive(): Promise<Uint8Array | undefined>;
  /**
   * One message, given in parts, which must stay as they are. Undefined when more may be sent, else it resolves then;
   * nothing when the caller is gone.
   */
  send(...message: readonly Uint8Array[]): Promise<void> | undefined;
}

/** Unary methods return the response; streaming ones send and return undefined. */
export type Handler = (stream: ServerStream) => Promise<Uint8Array | undefined>;

/** By `Method`, of the one service. */
export type Handlers = ReadonlyMap<string, Handler>;

const nothing = Buffer.alloc(0);
const maxStreams = 256;
/** From so many bytes on, a write of their own costs less than their copy. */
const long = 4096;

class Call implements ServerStream {
  readonly request: Uint8Array;
  readonly inbox: Inbox;
  readonly #abort = new AbortController();
  readonly #connection: ServerConnection;
  readonly #id: number;

  constructor(connection: ServerConnection, id: number, request: Uint8Array, inbox: Inbox) {
    this.#connection = connection;
    this.#id = id;
    this.request = request;
    this.inbox = inbox;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  receive(): Promise<Uint8Array | undefined> {
    return this.inbox.next();
  }

  send(...message: readonly Uint8Array[]): Promise<void> | undefined {
    return this.#connection.write({ stream: this.#id, type: messageType.data, flags: 0 }, message);
  }

  cancel(): void {
    this.inbox.discard();
    this.#abort.abort(new CancelledError('the caller closed the connection'));
  }
}

/** Serves the calls of one client connection. Feed it with `receive`, tell it with `closed`. */
export class ServerConnection {
  readonly #transport: Transport;
  readonly #service: string;
  readonly #handlers: Handlers;
  readonly #reader = new FrameReader();
  readonly #calls = new Map<number, Call>();
  #closed = false;

  constructor(transport: Transport, service: string, handlers: Handlers) {
    this.#transport = transport;
    this.#service = service;
    this.#handlers = handlers;
  }

  /** Bytes off the socket. Garbage closes the connection. */
  receive(chunk: Uint8Array): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#accept(frame);
    } catch {
      this.#transport.close();
      this.closed();
    }
  }

  /** The socket has closed: cancels what is under way. Idempotent. */
  closed(): void {
    this.#closed = true;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.cancel();
  }

  /** The last part is not copied when it is long; it must stay as it is. */
  write(head: FrameHead, payload: readonly Uint8Array[]): Promise<void> | undefined {
    if (this.#closed) return undefined;
    const last = payload.at(-1);
    let room: boolean;
    if (last === undefined || last.length < long) {
      room = this.#transport.send(encodeFrame(head, ...payload));
    } else {
      this.#transport.send(encodeFrameStart(head, payload.slice(0, -1), last.length));
      room = this.#transport.send(last);
    }
    return room ? undefined : this.#transport.drained();
  }

  #accept(frame: Frame): void {
    if (this.#closed) return;
    if (frame.type === messageType.request) this.#open(frame);
    else if (frame.type === messageType.data) this.#data(frame);
  }

  #open(frame: Frame): void {
    const request = TtrpcRequest.decode(frame.payload);
    const inbox = new Inbox(this.#transport);
    if ((frame.flags & flag.remoteOpen) === 0) inbox.end();
    const call = new Call(this, frame.stream, request.payload, inbox);
    const busy = this.#calls.has(frame.stream) || this.#calls.size >= maxStreams;
    const handler =
      request.service === this.#service ? this.#handlers.get(request.method) : undefined;
    if (busy || handler === undefined) {
      void this.#refuse(frame.stream, busy, `${request.service}/${request.method}`);
      return;
    }
    this.#calls.set(frame.stream, call);
    void this.#run(frame.stream, call, handler);
  }

  #data(frame: Frame): void {
    const call = this.#calls.get(frame.stream);
    if (call === undefined) return;
    if ((frame.flags & flag.noData) === 0) call.inbox.push(frame.payload);
    if ((frame.flags & flag.remoteClosed) !== 0) call.inbox.end();
  }

  #refuse(stream: number, busy: boolean, method: string): Promise<void> | undefined {
    const error = busy
      ? new WharfError(
          'resource-exhausted',
          `too many calls on one connection, at most ${maxStreams}`,
        )
      : new WharfError('unimplemented', `the shim does not know ${method}`);
    return this.#respond(stream, encodeStatus(error), nothing);
  }

  async #run(id: number, call: Call, handler: Handler): Promise<void> {
    let status = okStatus;
    let payload: Uint8Array | undefined;
    try {
      payload = await handler(call);
    } catch (thrown) {
      status = encodeStatus(toWharfError(thrown));
    }
    if (this.#calls.get(id) === call) this.#calls.delete(id);
    call.inbox.discard();
    await this.#respond(id, status, payload ?? nothing);
  }

  #respond(stream: number, status: TtrpcStatus, payload: Uint8Array): Promise<void> | undefined {
    const response = TtrpcResponse.encode({ status, payload: Buffer.from(payload) }).finish();
    return this.write({ stream, type: messageType.response, flags: 0 }, [response]);
  }
}
