import { WharfError, type BuildSpec, type Entitlement } from '@wharf/core';
import type { Plan } from '@wharf/dockerfile';

/**
 * What a build needs beyond a sandbox must be asked for by its caller and allowed by the daemon.
 * @throws permission-denied for what is not
 */
export function checkEntitlements(
  { entitlements, resources }: Pick<BuildSpec, 'entitlements' | 'resources'>,
  plans: readonly Plan[],
  allowed: readonly Entitlement[],
): void {
  for (const one of entitlements) {
    if (!allowed.includes(one))
      throw denied(`the daemon does not allow builds ${one}: its configuration must`, one);
  }
  for (const one of needed(resources.network, plans)) {
    if (!entitlements.includes(one))
      throw denied(`the build needs ${one}: allow it by --allow ${one}`, one);
  }
}

function needed(network: string, plans: readonly Plan[]): ReadonlySet<Entitlement> {
  const found = new Set<Entitlement>(network === 'host' ? ['network.host'] : []);
  for (const op of plans.flatMap(({ ops }) => ops)) {
    if (op.kind !== 'run') continue;
    if (op.network === 'host') found.add('network.host');
    if (op.security === 'insecure') found.add('security.insecure');
    if (op.devices.length > 0) found.add('device');
  }
  return found;
}

function denied(text: string, entitlement: Entitlement): WharfError {
  return new WharfError('permission-denied', text, { facts: { entitlement } });
}
