/** What a connection over TLS is made with; texts and buffers are PEM. */
export interface TlsClientOptions {
  /** Who may have signed the daemon's certificate; absent: the system's authorities. */
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The name that the daemon's certificate must have, when it is not the host's. */
  readonly serverName?: string;
  /** False accepts any certificate of the daemon: for tests, never over a network. */
  readonly verify: boolean;
}
