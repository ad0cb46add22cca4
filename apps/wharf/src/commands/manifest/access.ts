import type { CallOptions, TransferCredentials } from '@wharf/core';
import { parseReference } from '@wharf/oci';
import type { CliContext } from '../../context.js';
import { userCredentials } from '../../credentials/credentials.js';

/** What a call that reaches the registries of these names is given. */
export async function registryAccess(
  context: CliContext,
  names: readonly string[],
  { signal }: CallOptions,
): Promise<CallOptions & { readonly credentials?: TransferCredentials }> {
  const domains = names.map((name) => parseReference(name).domain);
  const credentials = await userCredentials(context).findAll(domains, { signal });
  return credentials.size === 0 ? { signal } : { signal, credentials };
}
