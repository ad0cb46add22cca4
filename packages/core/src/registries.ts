import type { CallOptions } from './call.js';
import type { RegistryCredentials } from './images.js';

export interface LoginResult {
  /** To be stored instead of the password when the registry gives one; else empty. */
  readonly identityToken: string;
}

export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly official: boolean;
  readonly automated: boolean;
}

/** Questions to registries that concern no image of ours. `registry` is a host as in references; empty is the default one. */
export interface Registries {
  /** unauthenticated when the registry refuses the credentials. Stores nothing. */
  login(
    registry: string,
    credentials: RegistryCredentials,
    options: CallOptions,
  ): Promise<LoginResult>;
  /** The term may begin with a registry. */
  search(
    term: string,
    options: CallOptions & { readonly limit?: number; readonly credentials?: RegistryCredentials },
  ): Promise<readonly SearchResult[]>;
  tags(
    repository: string,
    options: CallOptions & { readonly limit?: number; readonly credentials?: RegistryCredentials },
  ): Promise<readonly string[]>;
}
