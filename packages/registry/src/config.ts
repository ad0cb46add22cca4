import type { ProxyConfig } from './net/proxy.js';

/** What the operator says of one registry. Its key is the host as in references: `localhost:5000`. */
export interface RegistryHostConfig {
  /** Talk plain http to it, and only that. There is no switch that skips the check of a certificate. */
  readonly insecure?: boolean;
  /**
   * It may be at a loopback, link-local or metadata address. By itself true for a host that is named here
   * (or by a directory in certs.d) and is insecure or is such an address in writing.
   */
  readonly allowLocal?: boolean;
  /** PEM of authorities that are trusted for this host, beside the system's. */
  readonly ca?: string;
  readonly caFile?: string;
  readonly clientCert?: { readonly certFile: string; readonly keyFile: string };
  /** For requests that bring none of their own, or that were led here; sent to this host alone. */
  readonly credentials?: ConfiguredCredentials;
  /**
   * How blobs are sent: `stream` (default) is one PATCH, resumed after a cut, and a PUT to close; `single` is
   * one PUT; a number is the size in bytes of the PATCH requests, for proxies that limit a request's body.
   */
  readonly upload?: 'stream' | 'single' | number;
}

/** Secrets stay in files of root alone, which are read when they are needed. */
export type ConfiguredCredentials =
  | { readonly username: string; readonly passwordFile: string }
  | { readonly identityTokenFile: string };

/** Times in milliseconds. */
export interface RegistryLimits {
  /**
   * For look-up and connect, for TLS, and from the last byte of a request to the end of its answer's headers.
   * The wait for a free connection to the host does not count.
   */
  readonly headerMs: number;
  /** As `headerMs`, for the answer to the bytes of a blob: the registry hashes and stores them first. */
  readonly commitMs: number;
  /** Between two parts of a body, either way. */
  readonly idleMs: number;
  /** A body slower than `minRate` bytes a second over `minRateWindowMs` of waiting is given up. */
  readonly minRate: number;
  readonly minRateWindowMs: number;
  /** Tries of one request, or of one stretch of a blob, without progress. */
  readonly attempts: number;
  /** The same for a mirror, beside which there is another source. */
  readonly mirrorAttempts: number;
  /** A mirror that cannot be reached is left alone for this long. */
  readonly mirrorRestMs: number;
  /** The first pause between two tries; it doubles, up to `backoffMaxMs`. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** The longest pause that a Retry-After can ask for. */
  readonly retryAfterMaxMs: number;
  readonly redirects: number;
  readonly connectionsPerHost: number;
}

export const defaultLimits: RegistryLimits = Object.freeze({
  headerMs: 15_000,
  commitMs: 300_000,
  idleMs: 30_000,
  minRate: 1024,
  minRateWindowMs: 60_000,
  attempts: 5,
  mirrorAttempts: 2,
  mirrorRestMs: 30_000,
  backoffMs: 500,
  backoffMaxMs: 10_000,
  retryAfterMaxMs: 30_000,
  redirects: 5,
  connectionsPerHost: 8,
});

/** Bytes of all headers of one answer. */
export const maxHeaderBytes = 64 * 1024;
/** Bytes of an error's body or a token answer. */
export const maxSmallBody = 64 * 1024;

/** A mirror that did not do, and why; what was asked for comes from elsewhere. */
export interface MirrorFailure {
  readonly registry: string;
  readonly mirror: string;
  readonly error: unknown;
}

/** The slice of the daemon's configuration that this package gets; it reads no environment. */
export interface RegistryConfig {
  readonly hosts?: ReadonlyMap<string, RegistryHostConfig>;
  /** Directories with `<host[:port]>/{ca.crt,client.cert,client.key}`, the first that has the host wins. */
  readonly certsDirs?: readonly string[];
  /**
   * Registry host, or `*` for every one -> base URLs that are asked first, in order, for pulls. The path of a
   * URL goes before the repository (`https://m/hub`: `/v2/hub/library/x`); with a `/v2` of its own, what is
   * before that is the path of the API (`https://m/api/v2/hub`: `/api/v2/hub/library/x`).
   */
  readonly mirrors?: ReadonlyMap<string, readonly string[]>;
  /** Prefix of names (`docker.io/library`) -> where they are (`registry.corp/hub/library`); the longest wins. */
  readonly rewrites?: ReadonlyMap<string, string>;
  /** `host`, `*.domain` or `host/prefix`: names that are refused; the hosts are never spoken to. */
  readonly blocked?: readonly string[];
  /**
   * CIDR blocks. Plain http to a host that is such an address, or a name all of whose addresses are in one
   * and of which nothing else is said. The connection goes to these addresses only.
   */
  readonly insecureNets?: readonly string[];
  readonly proxy?: ProxyConfig;
  readonly userAgent?: string;
  readonly limits?: Partial<RegistryLimits>;
  readonly onMirrorFailure?: (failure: MirrorFailure) => void;
}
