import { isWharfError } from '@wharf/core';
import type { Referrer } from '../images/ports.js';
import type { Access, RegistryBoth } from './access.js';
import type { Found } from './look-up.js';

/** What names the document as its subject; a registry that cannot list them has none. */
export async function referrersOf(
  registry: RegistryBoth,
  { reference, descriptor }: Found,
  access: Access,
): Promise<readonly Referrer[]> {
  try {
    return await registry.listReferrers(reference, descriptor.digest, access(reference));
  } catch (error) {
    const none = isWharfError(error) && ['not-found', 'unimplemented'].includes(error.code);
    if (none) return [];
    throw error;
  }
}
