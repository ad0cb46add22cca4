/** What a request to the fake registry is about; faults are placed by it. */
export type RouteKind =
  | 'ping'
  | 'manifest'
  | 'blob'
  | 'token'
  | 'cdn'
  | 'upload'
  | 'tags'
  | 'referrers'
  | 'search'
  | 'other';

/** One misbehaviour. The registry is otherwise correct, so a test changes one thing at a time. */
export type Fault =
  /** Closes the connection when `after` bytes of the body have been sent. */
  | { readonly type: 'cut'; readonly after: number }
  /** Reads the request and never answers. */
  | { readonly type: 'hang' }
  /** Sends `after` bytes of the body and then nothing more. */
  | { readonly type: 'hang-body'; readonly after: number }
  /** Sends `bytes` bytes of the body each `everyMs` milliseconds. */
  | { readonly type: 'drip'; readonly bytes: number; readonly everyMs: number }
  /** Announces another length than the body has. */
  | { readonly type: 'content-length'; readonly delta: number }
  /** Leaves Content-Length out, so that the body is chunked. */
  | { readonly type: 'no-length' }
  /** Same length, last byte inverted. */
  | { readonly type: 'wrong-bytes' }
  /** A chunked body of zeros without end. */
  | { readonly type: 'infinite' }
  /** Adds or replaces headers of the right answer; an array sends a header several times. */
  | { readonly type: 'headers'; readonly headers: Readonly<Record<string, string | string[]>> }
  /** Answers with this status instead of the right answer. */
  | {
      readonly type: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string | string[]>>;
      readonly body?: string | Uint8Array;
    }
  /** Answers a Range request with 200 and the whole body. */
  | { readonly type: 'ignore-range' }
  /** A 206 whose Content-Range says this. */
  | { readonly type: 'content-range'; readonly value: string }
  /** A 206 that goes on after the end of the blob with `bytes` zeros. */
  | { readonly type: 'append'; readonly bytes: number }
  /** Closes the connection when `after` bytes of the request's body have arrived; an upload keeps them. */
  | { readonly type: 'cut-request'; readonly after: number }
  /** Stops reading the request's body after `after` bytes and never answers. */
  | { readonly type: 'stall-request'; readonly after: number }
  /** An upload keeps `by` bytes less than arrived, and says so. */
  | { readonly type: 'shrink'; readonly by: number }
  /** Does what was asked for and closes the connection in place of an answer. */
  | { readonly type: 'no-answer' }
  /** Leaves these headers of the right answer out. */
  | { readonly type: 'without-headers'; readonly names: readonly string[] }
  /** Writes these bytes to the socket in place of an HTTP answer and closes. */
  | { readonly type: 'raw'; readonly bytes: string | Uint8Array };

export interface Behaviour {
  readonly fault: Fault;
  /** Requests of this kind only. */
  readonly kind?: RouteKind;
  readonly method?: string;
  /** Requests whose path contains this. */
  readonly path?: string;
  /** How many of the requests misbehave; all when absent. */
  readonly times?: number;
  /** How many matching requests are answered well first. */
  readonly skip?: number;
}

/** A request as it arrived, and what was sent for it. */
export interface RecordedRequest {
  readonly origin: 'registry' | 'cdn' | 'token';
  readonly kind: RouteKind;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly authorization: string | undefined;
  /** 0 while nothing has been answered. */
  status: number;
  /** Body bytes handed to the kernel. */
  bytesSent: number;
  /** Body bytes of the request that arrived. */
  bytesReceived: number;
}

/** A document or blob that the fake registry holds. */
export interface FakeDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface FakeTls {
  readonly cert: string;
  readonly key: string;
  readonly minVersion?: 'TLSv1' | 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1' | 'TLSv1.2' | 'TLSv1.3';
  readonly ciphers?: string;
  /** Demands a client certificate signed by this CA. */
  readonly clientCa?: string;
}
