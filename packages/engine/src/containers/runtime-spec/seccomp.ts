import type { CallOptions } from '@wharf/core';
import type { RuntimeSeccomp } from '@wharf/oci';
import { invalid } from './names.js';
import type { TaskConfigDependencies, TaskConfigInput } from './task-config.js';

/** The annotation in which crun takes a ready-made filter. */
const annotation = 'run.oci.seccomp_bpf_data';

export interface BuiltSeccomp {
  readonly seccomp?: RuntimeSeccomp;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The profile in force: none when unconfined, or privileged without a profile of its own. */
export async function buildSeccomp(
  { host, runtimes, seccomp }: TaskConfigDependencies,
  { spec, resolved }: TaskConfigInput,
  capabilities: readonly string[],
  { signal }: CallOptions,
): Promise<BuiltSeccomp> {
  const profile = spec.security.seccomp;
  if (profile === 'unconfined') return { annotations: {} };
  if (profile === '' && spec.security.privileged) return { annotations: {} };
  if (!host.facts.seccomp) {
    if (profile === '') return { annotations: {} };
    throw invalid('seccomp is not enabled in your kernel, cannot run a custom seccomp profile');
  }
  if (!runtimes.takesCompiledSeccomp(resolved.runtime)) {
    const specification = seccomp.specification(profile, capabilities) as RuntimeSeccomp;
    return { seccomp: specification, annotations: {} };
  }
  const filter = await seccomp.compiled(profile, capabilities, { signal });
  return { annotations: { [annotation]: filter } };
}
