import type { Resources } from '@wharf/core';
import type { RuntimeDeviceRule, RuntimeResources } from '@wharf/oci';
import type { HostFacts } from '../ports.js';
import { buildCpu } from './cpu.js';
import { buildMemory } from './memory.js';
import { buildPids } from './pids.js';

/** What the control groups of a container are set to. */
export function buildResources(
  resources: Resources,
  devices: readonly RuntimeDeviceRule[],
  pidsByDefault: bigint,
  facts: HostFacts,
): RuntimeResources {
  const memory = buildMemory(resources, facts);
  const cpu = buildCpu(resources, facts);
  const pids = buildPids(resources.pidsLimit, pidsByDefault, facts);
  return {
    devices,
    ...(memory === undefined ? {} : { memory }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(pids === undefined ? {} : { pids }),
  };
}
