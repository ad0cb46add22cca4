/** Times in milliseconds, sizes in bytes. */
export interface SourceLimits {
  /** Look-up, connection and TLS. */
  readonly connectMs: number;
  /** From the request to the end of the answer's headers. */
  readonly headerMs: number;
  /** Between two parts of a body. */
  readonly idleMs: number;
  /** A body slower than this, in bytes a second over `minRateWindowMs`, is given up. */
  readonly minRate: number;
  readonly minRateWindowMs: number;
  readonly redirects: number;
  /** Of one file. */
  readonly httpBytes: number;
  /** Of a repository of ours on disk, and of a tree that is checked out, with its submodules. */
  readonly gitBytes: number;
  /** Files and directories of one checkout, with its submodules. */
  readonly gitEntries: number;
  /** Without a byte or a word from git. */
  readonly gitIdleMs: number;
  readonly submodules: number;
  readonly submoduleDepth: number;
}

export const defaultSourceLimits: SourceLimits = Object.freeze({
  connectMs: 15_000,
  headerMs: 60_000,
  idleMs: 60_000,
  minRate: 1024,
  minRateWindowMs: 60_000,
  redirects: 10,
  httpBytes: 10 * 1024 ** 3,
  gitBytes: 5 * 1024 ** 3,
  gitEntries: 2_000_000,
  gitIdleMs: 600_000,
  submodules: 200,
  submoduleDepth: 8,
});

/** Which proxy a request goes through; `Proxies` of the registry client is one. */
export interface ProxyFinder {
  find(hostname: string, port: number, secure: boolean): URL | undefined;
}

/** The slice of the daemon's configuration that this package gets; it reads no environment. */
export interface SourcesConfig {
  /** HOST, HOST:PORT, an address, or ADDRESS/BITS: what may be at a private address (`build.allow-private`). */
  readonly allowPrivate: readonly string[];
  readonly userAgent: string;
  /** A directory of ours (0700) for what lives as long as a call. */
  readonly temporary: string;
  /**
   * What goes through a proxy is not looked up here: the proxy decides where a name leads, and only hosts that say by
   * themselves that they are local are refused.
   */
  readonly proxies?: ProxyFinder;
  /** Path of the git executable; `git` of the usual directories when absent. */
  readonly git?: string;
  /** known_hosts of ssh(1): only hosts that are in it are spoken to. /etc/ssh/ssh_known_hosts when absent. */
  readonly knownHosts?: string;
  /** PEM of authorities that are trusted beside the system's. */
  readonly caFile?: string;
  readonly limits?: Partial<SourceLimits>;
}
