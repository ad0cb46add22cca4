import type { Socket } from 'node:net';
import {
  AttachReader,
  AttachTaskRequest,
  AttachTaskResponse,
  TaskServiceName,
  TtrpcResponse,
  decodeStatus,
  encodeFrame,
  encodeRequest,
  flag,
  messageType,
  type AttachOpen,
  type AttachPart,
  type Frame,
} from '@wharf/api/shim';
import {
  CancelledError,
  UnavailableError,
  toWharfError,
  type CallOptions,
  type OutputChunk,
} from '@wharf/core';
import type { TaskStreams } from '@wharf/engine/ports';
import { ReadBuffers } from './lent-buffers.js';
import { SocketTransport, openSocket } from './socket.js';

type RequestFrame = NonNullable<AttachTaskRequest['frame']>;
type ResponseFrame = NonNullable<AttachTaskResponse['frame']>;

/** Longer input is sent in parts, so that output is never kept waiting behind it. */
const largestFrame = 64 * 1024;
/** Bytes that nobody has taken at which the socket is read no further, and may be again. */
const highWater = 256 * 1024;
const lowWater = highWater / 2;
/** The only call of the connection. */
const stream = 1;

/**
 * The streams of one process over a connection of their own: so a slow reader holds back nothing but them, by the
 * socket's own flow control. Resolves when the shim has registered it.
 */
export async function openAttach(
  bundle: string,
  open: AttachOpen,
  { signal }: CallOptions,
): Promise<TaskStreams> {
  const attached = new Attached();
  const socket = await openSocket(bundle, { signal, onread: attached.onread });
  const leave = () => socket.destroy();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await attached.begin(socket, open);
    return attached;
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw new CancelledError(undefined, { cause: error });
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

class Attached implements TaskStreams {
  readonly output: AsyncIterable<OutputChunk>;
  readonly exitCode: Promise<number | undefined>;
  readonly #buffers = new ReadBuffers();
  readonly #reader = new AttachReader();
  readonly #parts: (OutputChunk | { readonly stream?: never; readonly frame: ResponseFrame })[] =
    [];
  #socket: Socket | undefined;
  #transport: SocketTransport | undefined;
  #closed: Promise<void> = Promise.resolve();
  #untaken = 0;
  #paused = false;
  #end: { readonly failure: Error | undefined } | undefined;
  #wake: () => void = () => undefined;
  #settle: (code: number | undefined) => void = () => undefined;
  #left = false;

  constructor() {
    this.exitCode = new Promise((resolve) => (this.#settle = resolve));
    this.output = this.#read();
  }

  /** How the socket is to be read. */
  get onread() {
    return {
      buffer: () => this.#buffers.next(),
      callback: (length: number) => this.#receive(length),
    };
  }

  /** Resolves when the shim has answered that it is ready. */
  async begin(socket: Socket, open: AttachOpen): Promise<void> {
    this.#socket = socket;
    this.#transport = new SocketTransport(socket);
    // Errors of an open connection end in 'close', which is all that matters.
    socket.on('error', () => undefined);
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#finish(new UnavailableError('the connection to the shim has closed'));
        // The shim has gone, or we have left: whoever waits for the code learns that there is none.
        this.#settle(undefined);
        resolve();
      });
    });
    const call = { service: TaskServiceName, method: 'AttachTask', payload: new Uint8Array(0) };
    const head = { stream, type: messageType.request, flags: flag.remoteOpen };
    this.#transport.send(encodeRequest(head, call));
    await this.#send({ $case: 'open', value: open });
    const first = await this.#next();
    if (first === undefined || first.stream !== undefined || first.frame.$case !== 'ready') {
      throw new UnavailableError('the shim ended the attach at once');
    }
  }

  async write(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length; at += largestFrame) {
      const value = Buffer.from(data.subarray(at, at + largestFrame));
      await this.#send({ $case: 'stdin', value });
    }
  }

  closeStdin(): Promise<void> {
    return this.#send({ $case: 'stdinClose', value: {} });
  }

  close(): Promise<void> {
    this.#left = true;
    this.#parts.length = 0;
    this.#finish(undefined);
    this.#socket?.destroy();
    this.#settle(undefined);
    return this.#closed;
  }

  async #send(frame: RequestFrame): Promise<void> {
    if (this.#end !== undefined) {
      throw this.#end.failure ?? new UnavailableError('the attach has ended');
    }
    const payload = AttachTaskRequest.encode({ frame }).finish();
    const transport = this.#transport;
    const bytes = encodeFrame({ stream, type: messageType.data, flags: 0 }, payload);
    if (transport?.send(bytes) === false) await transport.drained();
  }

  /** False: the socket is to be read no further. */
  #receive(length: number): boolean {
    const { bytes, lent } = this.#buffers.filled(length);
    // Held until all pieces are known, lest one that is taken at once gives the others away.
    const held = lent?.borrow();
    try {
      for (const part of this.#reader.push(bytes)) {
        if (part.$case === 'frame') this.#accept(part.value);
        else this.#accepted(part, lent?.borrow());
      }
    } catch (error) {
      this.#finish(toWharfError(error));
      this.#socket?.destroy();
    }
    held?.();
    this.#wake();
    this.#paused = this.#untaken >= highWater;
    return !this.#paused;
  }

  #accepted(
    part: Exclude<AttachPart, { $case: 'frame' }>,
    release: (() => void) | undefined,
  ): void {
    if (this.#end !== undefined) return;
    const { $case, value } = part;
    this.#untaken += value.length;
    this.#parts.push({ stream: $case, data: value, ...(release && { release }) });
  }

  #accept({ type, flags, payload }: Frame): void {
    if (type === messageType.data) {
      const { frame } =
        (flags & flag.noData) === 0 ? AttachTaskResponse.decode(payload) : { frame: undefined };
      if (frame !== undefined) this.#parts.push({ frame });
      if ((flags & flag.remoteClosed) !== 0) this.#finish(undefined);
    } else if (type === messageType.response) {
      this.#finish(decodeStatus(TtrpcResponse.decode(payload).status));
    }
  }

  #finish(failure: Error | undefined): void {
    this.#end ??= { failure };
    this.#wake();
  }

  async #next() {
    for (;;) {
      const part = this.#parts.shift();
      if (part !== undefined) {
        if (part.stream !== undefined) this.#taken(part.data.length);
        return part;
      }
      if (this.#end?.failure !== undefined) throw this.#end.failure;
      if (this.#end !== undefined) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #taken(bytes: number): void {
    this.#untaken -= bytes;
    if (!this.#paused || this.#untaken >= lowWater) return;
    this.#paused = false;
    this.#socket?.resume();
  }

  async *#read(): AsyncGenerator<OutputChunk> {
    try {
      for (;;) {
        const part = await this.#next();
        if (part === undefined) return;
        if (part.stream !== undefined) yield part;
        else if (part.frame.$case === 'end') {
          this.#settle(part.frame.value.exitCode);
          return;
        }
      }
    } catch (error) {
      if (!this.#left) throw error;
    } finally {
      await this.close();
    }
  }
}
