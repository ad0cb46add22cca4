/** What a connection needs of a socket. The owner feeds received bytes in and tells when it closed. */
export interface Transport {
  /** Takes all bytes; false when its buffer is full: then wait for `drained` before sending more. */
  send(bytes: Uint8Array): boolean;
  /** Resolves when the buffer has room again or the socket has closed. */
  drained(): Promise<void>;
  /** Stops and resumes the delivery of received bytes. */
  pause(): void;
  resume(): void;
  /** Closes after what was sent. */
  close(): void;
}
