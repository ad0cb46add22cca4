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

export interface PushBlobOptions extends RegistryCallOptions {
  /** Bytes sent so far, absolute; goes back when a part must be sent again. */
  readonly onBytes?: (sent: number) => void;
  /** Repositories of the same registry that may have the blob: it is mounted from there, not sent. */
  readonly mountFrom?: readonly Repository[];
}

/** Bytes of a blob from `offset` to its end. A chunk stays as it is once handed on: it is not copied. */
export type ReadBlob = (offset: number, options: CallOptions) => AsyncIterable<Uint8Array>;

export type PushedBlob = 'pushed' | 'exists' | { readonly mountedFrom: Repository };

/** A manifest that names another as its `subject` (distribution-spec 1.1, listing referrers). */
export interface Referrer extends ResolvedDescriptor {
  /** Empty when the registry does not say. */
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RegistrySearchResult {
  readonly name: string;
  /** One line, no control characters. */
  readonly description: string;
  readonly stars: number;
  readonly official: boolean;
  readonly automated: boolean;
}

/**
 * The write side of the OCI distribution protocol, and the questions that are not about one image. Goes to
 * the registry itself, never to a mirror. Retries and ends as `RegistryPort` does; what a registry refuses
 * for good (an invalid manifest, a read-only registry) is `failed-precondition` or `unimplemented`.
 */
export interface RegistryWritePort {
  /** HEAD. */
  blobExists(
    repository: Repository,
    digest: Digest,
    options: RegistryCallOptions,
  ): Promise<boolean>;

  /**
   * Uploads the blob, reading it from `read(offset)`, which is called again for a retry or a resume. Skips
   * what is there, tries the mounts first, and says which it was. Bytes flow; no more than one chunk is held.
   * `data-loss` when `read` gives another number of bytes or the registry finds another digest.
   */
  pushBlob(
    repository: Repository,
    descriptor: ResolvedDescriptor,
    read: ReadBlob,
    options: PushBlobOptions,
  ): Promise<PushedBlob>;

  /**
   * PUT of a manifest or index, at most 4 MiB, under the reference's digest if it has one, else its tag
   * (`latest` without). The registry's digest must be ours. `subjectHandled`: the registry lists it among
   * the referrers of its `subject` by itself (OCI-Subject); if not, the caller keeps the referrers tag.
   */
  pushManifest(
    reference: Reference,
    mediaType: string,
    bytes: Uint8Array,
    options: RegistryCallOptions,
  ): Promise<ResolvedDescriptor & { readonly subjectHandled: boolean }>;

  /** All tags in the registry's order, over all pages, at most `limit` (10,000 unless given). */
  listTags(
    repository: Repository,
    options: RegistryCallOptions & { readonly limit?: number },
  ): Promise<readonly string[]>;

  /** Who names this digest as subject: by the referrers API, else by the tag `sha256-<hex>`. */
  listReferrers(
    repository: Repository,
    digest: Digest,
    options: RegistryCallOptions & { readonly artifactType?: string },
  ): Promise<readonly Referrer[]>;

  /**
   * GET /v2/ with the credentials, for `login`; rewrites of the configuration do not apply. The identity
   * token is empty unless the token server gives one. `unauthenticated` when they are refused.
   */
  checkCredentials(
    registry: string,
    options: RegistryCallOptions,
  ): Promise<{ readonly identityToken: string }>;

  /** Search API v1, at most `limit` (25 unless given, 100 at most). `unimplemented` where there is none. */
  search(
    registry: string,
    term: string,
    options: RegistryCallOptions & { readonly limit?: number },
  ): Promise<readonly RegistrySearchResult[]>;
}
