import { WharfError, type BuildSpec, type Entitlement } from '@wharf/core';
import type { RunOp } from '@wharf/dockerfile';

/** Which network a step has: its own flag, else that of the build. */
export function networkOf({ network }: Pick<RunOp, 'network'>, spec: BuildSpec): string {
  if (network !== 'default') return network;
  return spec.resources.network === '' ? 'default' : spec.resources.network;
}

/** @throws WharfError permission-denied for what the build was not entitled to (R17) */
export function checkEntitlements(op: RunOp, spec: BuildSpec): void {
  const needed: readonly (readonly [boolean, Entitlement, string])[] = [
    [networkOf(op, spec) === 'host', 'network.host', 'RUN --network=host'],
    [op.security === 'insecure', 'security.insecure', 'RUN --security=insecure'],
    [op.devices.length > 0, 'device', 'RUN --device'],
  ];
  for (const [isNeeded, entitlement, what] of needed) {
    if (!isNeeded || spec.entitlements.includes(entitlement)) continue;
    throw new WharfError(
      'permission-denied',
      `${what} is not allowed: build with --allow ${entitlement}, if the daemon grants it`,
      { facts: { entitlement } },
    );
  }
}
