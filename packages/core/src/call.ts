/** Options of every asynchronous call. Aborting always carries a reason. */
export interface CallOptions {
  readonly signal: AbortSignal;
}

/** Who made a call, for the audit log. */
export interface Peer {
  /** unix: pid, uid, gid of the caller; tls: the subject of its certificate; local: the daemon itself. */
  readonly kind: 'unix' | 'tls' | 'local';
  readonly pid?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly subject?: string;
}

/** Keys all hold, values of one key are alternatives; as in `--filter key=value`. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/** Something that was opened and is closed exactly once. */
export interface Closable {
  /** Idempotent; resolves when all that it started has ended. */
  close(): Promise<void>;
}
