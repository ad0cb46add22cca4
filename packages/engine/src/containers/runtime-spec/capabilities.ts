import type { SecuritySpec } from '@wharf/core';
import { applyCapabilities, parseCapability, type RuntimeCapabilities } from '@wharf/oci';
import type { HostFacts } from '../ports.js';
import { invalid } from './names.js';

/**
 * What the container's root may do: the default set changed by --cap-add and --cap-drop, or all with --privileged,
 * never more than the daemon itself has (capabilities(7): a bounding set cannot grow).
 * @throws invalid-argument for an unknown name and for one added by name that this host cannot give
 */
export function effectiveCapabilities(security: SecuritySpec, facts: HostFacts): readonly string[] {
  const held = new Set(facts.capabilities);
  if (security.privileged) return facts.capabilities;
  for (const added of security.capAdd) {
    const name = parseCapability(added);
    if (name !== 'ALL' && !held.has(name)) {
      throw invalid(
        `capability not supported by your kernel or not available in the current environment: ${name}`,
        '--cap-add',
      );
    }
  }
  return applyCapabilities({ add: security.capAdd, drop: security.capDrop }).filter((name) =>
    held.has(name),
  );
}

/** Inheritable and ambient stay empty: they would pass to programs that did not ask (CVE-2022-24769). */
export function capabilitySets(names: readonly string[]): RuntimeCapabilities {
  return { bounding: names, effective: names, permitted: names, inheritable: [], ambient: [] };
}
