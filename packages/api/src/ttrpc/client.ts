import { CancelledError, UnavailableError } from '@wharf/core';
import { TtrpcRequest, TtrpcResponse } from '../gen/wharf/shim/v1/ttrpc.js';
import {
  FrameReader,
  encodeFrame,
  flag,
  messageType,
  type Frame,
  type FrameHead,
} from './frame.js';
import { Inbox } from './queue.js';
import { decodeStatus } from './status.js';
import type { Transport } from './transport.js';

/** The client's end of a streaming call. */
export interface ClientStream {
  /** The next message; undefined when the call has ended well. Throws the failure that ended it. */
  receive(): Promise<Uint8Array | undefined>;
  /** Resolves when more may be sent. */
  send(message: Uint8Array): Promise<void>;
  /** Half close. */
  closeSend(): Promise<void>;
  /** Stops caring: what arrives is dropped. */
  discard(): void;
}

type Open =
  | { readonly kind: 'unary'; readonly settle: (result: Uint8Array | Error) => void }
  | { readonly kind: 'stream'; readonly inbox: Inbox };

const noData = Buffer.alloc(0);

/** Calls over one connection to a server. Feed it with `receive`, tell it with `closed`. */
export class ClientConnection {
  readonly #transport: Transport;
  readonly #service: string;
  readonly #reader = new FrameReader();
  readonly #open = new Map<number, Open>();
  #next = 1;
  #failure: Error | undefined;

  constructor(transport: Transport, service: string) {
    this.#transport = transport;
    this.#service = service;
  }

  /** Bytes off the socket. Garbage closes the connection and fails every call. */
  receive(chunk: Uint8Array): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#accept(frame);
    } catch (error) {
      this.#transport.close();
      this.closed(new UnavailableError('the shim does not speak ttrpc', { cause: error }));
    }
  }

  /** The socket has closed: every open call fails with `failure` (default: unavailable). Idempotent. */
  closed(failure: Error = new UnavailableError('the connection to the shim has closed')): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const call of open) {
      if (call.kind === 'unary') call.settle(failure);
      else call.inbox.end(failure);
    }
  }

  /** One request, one response. An abort stops the waiting, not the work of the server. */
  unary(
    method: string,
    payload: Uint8Array,
    options: { signal: AbortSignal },
  ): Promise<Uint8Array> {
    const { signal } = options;
    if (signal.aborted) return Promise.reject(cancelled(signal));
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#takeId();
    return new Promise<Uint8Array>((resolve, reject) => {
      const onAbort = () => settle(cancelled(signal));
      const settle = (result: Uint8Array | Error) => {
        signal.removeEventListener('abort', onAbort);
        this.#open.delete(id);
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#open.set(id, { kind: 'unary', settle });
      this.#request(id, method, payload, 0);
    });
  }

  /** A call whose server streams; with `bidirectional` we do too. */
  stream(method: string, payload: Uint8Array, bidirectional: boolean): ClientStream {
    const id = this.#takeId();
    const inbox = new Inbox(this.#transport);
    if (this.#failure === undefined) {
      this.#open.set(id, { kind: 'stream', inbox });
      this.#request(id, method, payload, bidirectional ? flag.remoteOpen : flag.remoteClosed);
    } else {
      inbox.end(this.#failure);
    }
    return {
      receive: () => inbox.next(),
      send: (message) => this.#write(id, 0, message),
      closeSend: () => this.#write(id, flag.remoteClosed | flag.noData, noData),
      discard: () => {
        this.#open.delete(id);
        inbox.discard();
      },
    };
  }

  #takeId(): number {
    const id = this.#next;
    this.#next = this.#next + 2 > 0xffff_ffff ? 1 : this.#next + 2;
    return id;
  }

  #request(stream: number, method: string, payload: Uint8Array, flags: number): void {
    const call = { service: this.#service, method, payload };
    this.#transport.send(encodeRequest({ stream, type: messageType.request, flags }, call));
  }

  async #write(stream: number, flags: number, payload: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const frame = encodeFrame({ stream, type: messageType.data, flags }, payload);
    if (!this.#transport.send(frame)) await this.#transport.drained();
  }

  #accept(frame: Frame): void {
    const call = this.#open.get(frame.stream);
    if (call === undefined) return;
    if (frame.type === messageType.data && call.kind === 'stream') {
      if ((frame.flags & flag.noData) === 0) call.inbox.push(frame.payload);
      if ((frame.flags & flag.remoteClosed) !== 0) call.inbox.end();
      return;
    }
    if (frame.type !== messageType.response) return;
    this.#open.delete(frame.stream);
    const response = TtrpcResponse.decode(frame.payload);
    const failure = decodeStatus(response.status);
    if (call.kind === 'unary') call.settle(failure ?? response.payload);
    else call.inbox.end(failure);
  }
}

function cancelled(signal: AbortSignal): Error {
  return new CancelledError(undefined, { cause: signal.reason });
}

/** The frame that opens a call. */
export function encodeRequest(
  head: FrameHead,
  call: { readonly service: string; readonly method: string; readonly payload: Uint8Array },
): Uint8Array {
  const payload = Buffer.from(call.payload);
  const request = { ...call, payload, timeoutNano: 0n, metadata: [] };
  return encodeFrame(head, TtrpcRequest.encode(request).finish());
}
