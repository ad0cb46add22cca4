/** Which standard streams; a terminal has only stdout. */
export interface StreamSelection {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface AttachRequest extends StreamSelection {
  /** First what the log already has. */
  readonly logs: boolean;
}

export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
  /** Whoever is done with `data` may give its memory back, once, for the next chunks; it is his otherwise. */
  readonly release?: () => void;
}

/** The streams of a process. Slow readers hold the writer back; closing never ends the process. */
export interface StreamSession {
  /** Ends when the process's streams have ended. */
  readonly output: AsyncIterable<OutputChunk>;
  /** Resolves when more may be written. */
  write(data: Uint8Array): Promise<void>;
  /** Half close: no more stdin. */
  closeStdin(): Promise<void>;
  /** Leaves. Idempotent. */
  close(): Promise<void>;
}

export interface AttachSession extends StreamSession {
  readonly id: string;
  readonly terminal: boolean;
}

export interface LogQuery {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly follow: boolean;
  /** The last n records; absent is all. */
  readonly tail?: number;
  /** Inclusive, with nanoseconds as a fraction string kept by the caller; milliseconds suffice here. */
  readonly since?: Date;
  readonly until?: Date;
}

export interface LogRecord {
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  /** As written, line feed included unless the line was split. */
  readonly data: Uint8Array;
  readonly attributes?: Readonly<Record<string, string>>;
}

export type LogChunk = readonly LogRecord[];
