import type { CallOptions, RegistryAccess, RegistryCredentials } from '@wharf/core';
import type { Reference } from '@wharf/oci';
import type { RegistryPort, RegistryWritePort } from '../images/ports.js';

export type RegistryBoth = RegistryPort & RegistryWritePort;

/** Options for a call about that reference: the caller's credentials for its host, and no others. */
export type Access = (reference: Pick<Reference, 'domain'>) => CallOptions & {
  readonly auth?: RegistryCredentials;
};

export function accessOf({ signal, credentials }: RegistryAccess): Access {
  return ({ domain }) => {
    const auth = credentials?.get(domain);
    return auth === undefined ? { signal } : { signal, auth };
  };
}
