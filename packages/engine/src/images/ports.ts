import type { CallOptions, RegistryCredentials } from '@wharf/core';
import type { Digest, Reference } from '@wharf/oci';

/** A repository of one registry; every `Reference` is one. */
export type Repository = Pick<Reference, 'domain' | 'path'>;

/** What a tag or a digest points at; any OCI descriptor will do where one is asked for. */
export interface ResolvedDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/**
 * Who asks. Absent fields are empty strings; a registry token wins over an identity token, that over a
 * name and password. Goes to the registry of the repository and its token server only, never to a
 * mirror or a redirect's target.
 */
export type RegistryAuth = RegistryCredentials;

export interface RegistryCallOptions extends CallOptions {
  readonly auth?: RegistryAuth;
}

export interface FetchBlobOptions extends RegistryCallOptions {
  /** Told of each part that is handed on, in bytes. */
  readonly onBytes?: (count: number) => void;
}

/**
 * The read side of the OCI distribution protocol. All calls retry what may pass (cut connections, 429,
 * 5xx) with back-off; they end with `not-found`, `unauthenticated`, `permission-denied`, `unavailable`,
 * `deadline-exceeded`, `resource-exhausted` (a limit of ours), `data-loss` (an answer that contradicts
 * itself or a digest), `failed-precondition` (an answer or an address that the operator's configuration does
 * not allow: TLS, plain http, local addresses), `unimplemented` (no image) or `cancelled`. Messages name the host and the remedy.
 */
export interface RegistryPort {
  /**
   * What the reference points at; its digest wins over its tag, and no tag means `latest`. The media type
   * is the registry's word: trust a document only after parsing it as that type.
   */
  resolve(reference: Reference, options: RegistryCallOptions): Promise<ResolvedDescriptor>;

  /**
   * A manifest or index (`manifest`) or a config (`blob`), at most 4 MiB. The bytes have the size and the
   * digest of the descriptor.
   */
  fetchDocument(
    repository: Repository,
    descriptor: ResolvedDescriptor,
    kind: 'manifest' | 'blob',
    options: RegistryCallOptions,
  ): Promise<Uint8Array>;

  /**
   * The bytes of a blob from `offset` to its end, exactly `size - offset` of them or an error. **The
   * digest is not checked: the caller hashes** (it alone has the part before `offset`). A cut connection is
   * resumed with Range. Ends with `data-loss` when the server shows that the blob changed between two
   * parts or has another length; the caller then drops its partial bytes. Leaving the loop closes the
   * connection.
   */
  fetchBlob(
    repository: Repository,
    descriptor: ResolvedDescriptor,
    offset: number,
    options: FetchBlobOptions,
  ): AsyncIterable<Uint8Array>;
}
