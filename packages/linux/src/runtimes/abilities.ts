import type { HostFacts } from '@wharf/engine/ports';
import type { Probe } from './probe.js';

export interface RuntimeAbilities {
  /** Takes a ready-made filter in the annotation run.oci.seccomp_bpf_data. */
  readonly compiledSeccomp: boolean;
  readonly recursiveReadOnly: boolean;
  readonly timeNamespace: boolean;
}

/** Versions from which crun does things, for those that have no `features`. */
const crunCompiledSeccomp = '1.0';
const crunRecursiveReadOnly = '1.4';
/** mount_setattr(2). */
const kernelRecursiveReadOnly = '5.12';

/** What may be asked of a runtime on this kernel. */
export function featuresOf(probe: Probe, facts: HostFacts): RuntimeAbilities {
  const { kind, version, flags, features } = probe;
  const isCrun = (from: string): boolean => kind === 'crun' && isAtLeast(version, from);
  return {
    compiledSeccomp: isCrun(crunCompiledSeccomp) && flags.includes('+SECCOMP'),
    recursiveReadOnly:
      isAtLeast(facts.kernelVersion, kernelRecursiveReadOnly) &&
      (features?.mountOptions.includes('rro') ?? isCrun(crunRecursiveReadOnly)),
    timeNamespace: features?.namespaces.includes('time') ?? false,
  };
}

/** Compares versions by their numbers; one that cannot be read is older than all. */
export function isAtLeast(version: string, wanted: string): boolean {
  const have = numbers(version);
  for (const [i, want] of numbers(wanted).entries()) {
    const has = have[i] ?? -1;
    if (has !== want) return has > want;
  }
  return true;
}

function numbers(version: string): readonly number[] {
  return (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '')
    .split('.')
    .filter((part) => part !== '')
    .map(Number);
}
