import type { ContainerSpec } from '@wharf/core';
import type { HostFacts } from '../ports.js';
import { effectiveCapabilities } from './capabilities.js';
import { checkLabels } from './check-labels.js';
import { checkLifecycle } from './check-lifecycle.js';
import { checkMounts } from './check-mounts.js';
import { checkProcess } from './check-process.js';
import { checkCpu } from './cpu.js';
import { checkDevices } from './devices.js';
import { checkMemory } from './memory.js';
import { checkNamespaces } from './namespaces.js';
import { checkPids } from './pids.js';
import { checkSysctls } from './sysctls.js';
import { checkUlimits } from './ulimits.js';

/**
 * Everything about a specification that can be judged without its image: names, numbers, grammar, what this host can
 * give, and options that exclude each other.
 * @returns warnings, for what is taken but not wholly done
 * @throws invalid-argument in docker's words where scripts look for them; `facts.flag` names the option
 */
export function checkSpec(spec: ContainerSpec, facts: HostFacts): string[] {
  const { resources, namespaces } = spec;
  checkProcess(spec);
  checkLabels(spec.labels, spec.annotations);
  checkLifecycle(spec);
  checkNamespaces(namespaces, spec.hostname);
  checkMounts(spec.mounts);
  checkDevices(spec.devices);
  checkSysctls(spec.sysctls, namespaces);
  effectiveCapabilities(spec.security, facts);
  checkUlimits(resources.ulimits, facts);
  return [
    ...checkMemory(resources, facts),
    ...checkCpu(resources, facts),
    ...checkPids(resources.pidsLimit, facts),
  ];
}
