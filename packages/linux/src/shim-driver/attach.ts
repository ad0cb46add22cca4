import { AttachTaskRequest, decodeAttachResponse, type ClientStream } from '@wharf/api/shim';
import { UnavailableError, type OutputChunk, type StreamSelection } from '@wharf/core';
import type { TaskStreams } from '@wharf/engine/ports';
import type { ShimConnection } from './socket.js';

type RequestFrame = NonNullable<AttachTaskRequest['frame']>;

/** Longer input is sent in parts, so that output is never kept waiting behind it. */
const largestFrame = 64 * 1024;

/**
 * The streams of one process over a connection of their own: so a slow reader holds back nothing but them, by the
 * socket's own flow control. Resolves when the shim has registered it. Takes the connection over.
 */
export async function openAttach(
  connection: ShimConnection,
  execId: string,
  streams: StreamSelection,
): Promise<TaskStreams> {
  const call = connection.client.stream('AttachTask', new Uint8Array(0), true);
  try {
    await send(call, { $case: 'open', value: { execId, ...streams } });
    const first = await nextFrame(call);
    if (first?.$case !== 'ready') throw new UnavailableError('the shim ended the attach at once');
  } catch (error) {
    connection.close();
    throw error;
  }
  return new Attached(connection, call);
}

async function nextFrame(call: ClientStream) {
  const message = await call.receive();
  return message === undefined ? undefined : decodeAttachResponse(message);
}

function send(call: ClientStream, frame: RequestFrame): Promise<void> {
  return call.send(AttachTaskRequest.encode({ frame }).finish());
}

class Attached implements TaskStreams {
  readonly output: AsyncIterable<OutputChunk>;
  readonly exitCode: Promise<number | undefined>;
  readonly #connection: ShimConnection;
  readonly #call: ClientStream;
  #settle: (code: number | undefined) => void = () => undefined;
  #left = false;

  constructor(connection: ShimConnection, call: ClientStream) {
    this.#connection = connection;
    this.#call = call;
    this.exitCode = new Promise((resolve) => (this.#settle = resolve));
    this.output = this.#read();
    // The shim has gone, or we have left: whoever waits for the code learns that there is none.
    void connection.closed.then(() => this.#settle(undefined));
  }

  async write(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length; at += largestFrame) {
      const value = Buffer.from(data.subarray(at, at + largestFrame));
      await send(this.#call, { $case: 'stdin', value });
    }
  }

  closeStdin(): Promise<void> {
    return send(this.#call, { $case: 'stdinClose', value: {} });
  }

  close(): Promise<void> {
    this.#left = true;
    this.#call.discard();
    this.#connection.close();
    this.#settle(undefined);
    return this.#connection.closed;
  }

  async *#read(): AsyncGenerator<OutputChunk> {
    try {
      for (;;) {
        const frame = await nextFrame(this.#call);
        if (frame?.$case === 'stdout' || frame?.$case === 'stderr') {
          yield { stream: frame.$case, data: frame.value };
        } else if (frame === undefined || frame.$case === 'end') {
          this.#settle(frame?.value.exitCode);
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
