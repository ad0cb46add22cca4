import { DataLossError, isWharfError, UnavailableError, WharfError } from '@wharf/core';
import type { Channel, ChannelSink, Dial } from './channel.js';
import { encodeFrame, errorCodes, flags, FrameReader, frameTypes } from './frames.js';
import type { Frame } from './frames.js';
import { decodeHeaders, encodeHeaders } from './hpack.js';
import type { Header } from './hpack.js';
import { OutgoingFlow } from './outgoing.js';
import { readSettings, settingIds, encodeSettings } from './settings.js';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** Bytes that the daemon may send ahead on one call: what an unread call can hold in memory. */
const streamWindow = 4 * 1024 * 1024;
/** Of the connection: given back as they come, so that an unread call does not stop the others. */
const connectionWindow = 64 * 1024 * 1024;
const initialConnectionWindow = 65_535;
const maxFrameSize = 1024 * 1024;
const maxHeaderBlock = 256 * 1024;

/** What a stream brings. After `onClose` nothing comes. */
export interface StreamSink {
  onHeaders(headers: readonly Header[]): void;
  onData(bytes: Buffer): void;
  /** The other side sent all; `failure` says why if it did not. */
  onClose(failure: WharfError | undefined): void;
}

/** One exchange on a connection. */
export interface Http2Stream {
  /** Resolves when the connection took the bytes and would take more. Calls must not overlap. */
  write(bytes: Uint8Array, options: { readonly end: boolean }): Promise<void>;
  /** `bytes` were read: the other side may send as many again. */
  consumed(bytes: number): void;
  /** Ends both directions at once; the sink hears nothing more. */
  reset(): void;
}

interface OpenStream {
  readonly sink: StreamSink;
  consumed: number;
  localEnded: boolean;
}

/** The client's side of one HTTP/2 connection (RFC 9113), with as much of it as gRPC uses. */
export class Connection implements ChannelSink {
  readonly #streams = new Map<number, OpenStream>();
  readonly #reader: FrameReader;
  readonly #flow: OutgoingFlow;
  readonly #onIdle: () => void;
  #channel: Channel | undefined;
  #nextId = 1;
  #maxStreams = Infinity;
  #received = 0;
  #leaving = false;
  #block: { streamId: number; flags: number; parts: Buffer[]; size: number } | undefined;

  private constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
    this.#flow = new OutgoingFlow((bytes) => this.#channel?.write(bytes) ?? false);
    this.#reader = new FrameReader({
      onFrame: (frame) => this.#onFrame(frame),
      onData: ({ streamId, bytes, flowed, endStream }) => {
        this.#giveBack(flowed);
        const stream = this.#streams.get(streamId);
        if (bytes.length > 0) stream?.sink.onData(bytes);
        if (flowed > bytes.length) this.#consumed(streamId, flowed - bytes.length);
        if (endStream) this.#end(streamId, undefined);
      },
    });
  }

  /** `onIdle` is called whenever the last stream has ended. Does not wait for the server's settings. */
  static async open(dial: Dial, { onIdle }: { readonly onIdle: () => void }): Promise<Connection> {
    const connection = new Connection(onIdle);
    const channel = await dial(connection);
    connection.#channel = channel;
    const settings = encodeSettings([
      [settingIds.headerTableSize, 0],
      [settingIds.enablePush, 0],
      [settingIds.initialWindowSize, streamWindow],
      [settingIds.maxFrameSize, maxFrameSize],
    ]);
    const window = connectionWindow - initialConnectionWindow;
    channel.write(
      Buffer.concat([
        preface,
        encodeFrame(frameTypes.settings, 0, 0, settings),
        encodeFrame(frameTypes.windowUpdate, 0, 0, uint32(window)),
      ]),
    );
    return connection;
  }

  /** True while another stream can be started. */
  get usable(): boolean {
    return !this.#leaving && this.#streams.size < this.#maxStreams && this.#nextId < 2 ** 31;
  }

  get idle(): boolean {
    return this.#streams.size === 0;
  }

  /** Keeps the process alive, or no longer. */
  hold(held: boolean): void {
    this.#channel?.hold(held);
  }

  start(headers: readonly Header[], sink: StreamSink): Http2Stream {
    const id = this.#nextId;
    this.#nextId += 2;
    this.#streams.set(id, { sink, consumed: 0, localEnded: false });
    this.#flow.add(id);
    this.#send(encodeFrame(frameTypes.headers, flags.endHeaders, id, encodeHeaders(headers)));
    return {
      write: async (bytes, { end }) => {
        await this.#flow.write(id, bytes, end);
        const stream = this.#streams.get(id);
        if (end && stream !== undefined) stream.localEnded = true;
      },
      consumed: (bytes) => this.#consumed(id, bytes),
      reset: () => {
        if (!this.#streams.has(id)) return;
        this.#send(encodeFrame(frameTypes.reset, 0, id, uint32(errorCodes.cancel)));
        this.#forget(id);
      },
    };
  }

  /** Tells the server and disconnects; open streams fail. Idempotent. */
  close(): void {
    this.#leave(new UnavailableError('the client was closed'), errorCodes.none);
  }

  onData(bytes: Buffer): void {
    if (this.#channel === undefined && this.#leaving) return;
    try {
      this.#reader.push(bytes);
    } catch (error) {
      const failure = isWharfError(error) ? error : new DataLossError('the connection is garbled');
      this.#leave(failure, errorCodes.protocol);
    }
  }

  onDrain(): void {
    this.#flow.drained();
  }

  onClose(error: Error | undefined): void {
    this.#channel = undefined;
    this.#failAll(lossFailure(error));
  }

  #onFrame(frame: Frame): void {
    if (this.#block !== undefined && frame.type !== frameTypes.continuation) {
      throw new DataLossError('the server broke off a header block');
    }
    switch (frame.type) {
      case frameTypes.headers:
      case frameTypes.continuation:
        return this.#onHeaderBlock(frame);
      case frameTypes.reset:
        return this.#end(frame.streamId, resetFailure(frame.payload.readUInt32BE(0)));
      case frameTypes.settings:
        return this.#onSettings(frame);
      case frameTypes.ping:
        if ((frame.flags & flags.ack) !== 0) return;
        return this.#send(encodeFrame(frameTypes.ping, flags.ack, 0, frame.payload));
      case frameTypes.windowUpdate:
        return this.#flow.widen(frame.streamId, frame.payload.readUInt32BE(0));
      case frameTypes.goAway:
        return this.#onGoAway(frame.payload);
      default: // 4.1: frames of unknown type are ignored
    }
  }

  #onHeaderBlock({ type, flags: frameFlags, streamId, payload }: Frame): void {
    if (type === frameTypes.headers) {
      this.#block = { streamId, flags: frameFlags, parts: [], size: 0 };
    }
    const block = this.#block;
    if (block?.streamId !== streamId) throw new DataLossError('a stray header block');
    block.parts.push(Buffer.from(payload));
    block.size += payload.length;
    if (block.size > maxHeaderBlock) throw new DataLossError('the server sent too many headers');
    if ((frameFlags & flags.endHeaders) === 0) return;
    this.#block = undefined;
    const headers = decodeHeaders(Buffer.concat(block.parts));
    this.#streams.get(streamId)?.sink.onHeaders(headers);
    if ((block.flags & flags.endStream) !== 0) this.#end(streamId, undefined);
  }

  #onSettings(frame: Frame): void {
    if ((frame.flags & flags.ack) !== 0) return;
    for (const [id, value] of readSettings(frame.payload)) {
      if (id === settingIds.initialWindowSize) this.#flow.setInitialWindow(value);
      if (id === settingIds.maxFrameSize) this.#flow.maxFrameSize = value;
      if (id === settingIds.maxConcurrentStreams) this.#maxStreams = value;
    }
    this.#send(encodeFrame(frameTypes.settings, flags.ack, 0, Buffer.alloc(0)));
  }

  #onGoAway(payload: Buffer): void {
    const last = payload.readUInt32BE(0) % 2 ** 31;
    this.#leaving = true;
    for (const id of this.#streams.keys()) {
      if (id > last) this.#end(id, new UnavailableError('the daemon is closing the connection'));
    }
    if (this.idle) this.#channel?.close();
  }

  /** The other side is done with the stream; ours is broken off if it is not. */
  #end(id: number, failure: WharfError | undefined): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (failure === undefined && !stream.localEnded) {
      this.#send(encodeFrame(frameTypes.reset, 0, id, uint32(errorCodes.cancel)));
    }
    this.#forget(id);
    stream.sink.onClose(failure);
  }

  #forget(id: number): void {
    this.#streams.delete(id);
    this.#flow.remove(id);
    if (!this.idle) return;
    if (this.#leaving) this.#channel?.close();
    this.#onIdle();
  }

  #consumed(id: number, bytes: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.consumed += bytes;
    if (stream.consumed < streamWindow / 2) return;
    this.#send(encodeFrame(frameTypes.windowUpdate, 0, id, uint32(stream.consumed)));
    stream.consumed = 0;
  }

  #giveBack(bytes: number): void {
    this.#received += bytes;
    if (this.#received < connectionWindow / 2) return;
    this.#send(encodeFrame(frameTypes.windowUpdate, 0, 0, uint32(this.#received)));
    this.#received = 0;
  }

  #leave(failure: WharfError, code: number): void {
    if (this.#channel !== undefined) {
      const payload = Buffer.concat([uint32(0), uint32(code)]);
      this.#send(encodeFrame(frameTypes.goAway, 0, 0, payload));
      this.#channel.close();
      this.#channel = undefined;
    }
    this.#failAll(failure);
  }

  #failAll(failure: WharfError): void {
    this.#leaving = true;
    for (const id of [...this.#streams.keys()]) this.#end(id, failure);
  }

  #send(frame: Buffer): void {
    this.#channel?.write(frame);
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** With TLS 1.3 a client learns only after its handshake that the server does not want its certificate (RFC 8446, 4.4.2.4). */
function lossFailure(error: (Error & { readonly code?: string }) | undefined): WharfError {
  if (error?.code?.includes('ALERT') === true) {
    const text = `the daemon refused the certificate of this client: ${error.message}`;
    return new WharfError('unauthenticated', text, { cause: error });
  }
  const why = error === undefined ? '' : `: ${error.message}`;
  return new UnavailableError(`the connection to the daemon was lost${why}`, { cause: error });
}

/** The reason that a stream was reset without a status. */
function resetFailure(code: number): WharfError {
  if (code === errorCodes.refusedStream) return new UnavailableError('the daemon refused the call');
  if (code === errorCodes.cancel)
    return new WharfError('cancelled', 'the daemon cancelled the call');
  return new UnavailableError(`the daemon broke off the call (HTTP/2 error ${code})`);
}
