import { connect, type Socket } from 'node:net';
import type { ResolverCall, ResolverNews, ResolverResponse } from '@wharf/api/resolver';
import { CancelledError, InternalError, UnavailableError, type CallOptions } from '@wharf/core';

interface Waiting {
  readonly resolve: (response: ResolverResponse) => void;
  readonly reject: (error: Error) => void;
}

/** One connection to a resolver; calls are answered in their order. */
export class ResolverConnection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly closed: Promise<void>;
  readonly #told: (refused: ResolverNews['refused']) => void;
  #next = 1;
  #text = '';

  private constructor(socket: Socket, told: (refused: ResolverNews['refused']) => void) {
    this.#socket = socket;
    this.#told = told;
    socket.setEncoding('utf8');
    socket.on('error', () => undefined);
    socket.on('data', (chunk: string) => this.#receive(chunk));
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        const error = new UnavailableError('the resolver of the networks has gone');
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
        resolve();
      });
    });
  }

  /** Undefined when nobody listens. */
  static open(
    path: string,
    told: (refused: ResolverNews['refused']) => void = () => undefined,
  ): Promise<ResolverConnection | undefined> {
    return new Promise((resolve) => {
      const socket = connect(path);
      const onError = (): void => {
        socket.destroy();
        resolve(undefined);
      };
      socket.once('error', onError);
      socket.once('connect', () => {
        socket.off('error', onError);
        resolve(new ResolverConnection(socket, told));
      });
    });
  }

  /** Rejects with internal and the resolver's own words when it could not. */
  async call(call: ResolverCall, { signal }: CallOptions): Promise<ResolverResponse> {
    if (signal.aborted) throw new CancelledError(undefined, { cause: signal.reason });
    if (this.#socket.destroyed) throw new UnavailableError('the resolver of the networks has gone');
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<ResolverResponse>();
    this.#waiting.set(id, { resolve, reject });
    const onAbort = (): void => reject(new CancelledError(undefined, { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      this.#socket.write(`${JSON.stringify({ id, ...call })}\n`);
      const response = await promise;
      if (response.error !== undefined) throw new InternalError(`resolver: ${response.error}`);
      return response;
    } finally {
      this.#waiting.delete(id);
      signal.removeEventListener('abort', onAbort);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: string): void {
    const lines = (this.#text + chunk).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      const response = JSON.parse(line) as ResolverResponse | ResolverNews;
      if ('refused' in response) this.#told(response.refused);
      else this.#waiting.get(response.id)?.resolve(response);
    }
  }
}
