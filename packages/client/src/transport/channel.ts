/** A connected byte stream, whatever carries it. */
export interface Channel {
  /** Takes all bytes; false: more should wait for `onDrain`. */
  write(bytes: Buffer): boolean;
  /** Sends what was written, then ends. Idempotent. */
  close(): void;
  /** A channel that is not held does not keep the process alive. */
  hold(held: boolean): void;
}

export interface ChannelSink {
  onData(bytes: Buffer): void;
  onDrain(): void;
  /** Called once; nothing comes afterwards. */
  onClose(error: Error | undefined): void;
}

/** Connects. Rejects with the system's error, which carries `code`. */
export type Dial = (sink: ChannelSink) => Promise<Channel>;
