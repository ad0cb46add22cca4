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
}

/** Times in milliseconds. */
export interface RegistryLimits {
  /** From the start of a request to the end of its answer's headers: look-up, connect, TLS included. */
  readonly headerMs: number;
  /** Between two parts of a body. */
  readonly idleMs: number;
  /** A body slower than `minRate` bytes a second over `minRateWindowMs` of waiting is given up. */
  readonly minRate: number;
  readonly minRateWindowMs: number;
  /** Tries of one request, or of one stretch of a blob, without progress. */
  readonly attempts: number;
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
  idleMs: 30_000,
  minRate: 1024,
  minRateWindowMs: 60_000,
  attempts: 5,
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

/** The slice of the daemon's configuration that this package gets; it reads no environment. */
export interface RegistryConfig {
  readonly hosts?: ReadonlyMap<string, RegistryHostConfig>;
  /** Directories with `<host[:port]>/{ca.crt,client.cert,client.key}`, the first that has the host wins. */
  readonly certsDirs?: readonly string[];
  /** Registry host, or `*` for every one -> base URLs that are asked first, without credentials. */
  readonly mirrors?: ReadonlyMap<string, readonly string[]>;
  readonly proxy?: ProxyConfig;
  readonly userAgent?: string;
  readonly limits?: Partial<RegistryLimits>;
}
