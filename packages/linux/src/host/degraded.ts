import type { Degradation } from '@wharf/core';
import type { HostFacts } from '@wharf/engine/ports';

type Judged = Omit<HostFacts, 'degraded'> & { readonly hybrid: boolean };

const wanted = ['cpu', 'cpuset', 'memory', 'pids'];

/** What works less well on this host than it could, in words for `info`. */
export function degradations(facts: Judged): readonly Degradation[] {
  const { cgroupVersion, controllers, hybrid, capabilities } = facts;
  const missing = wanted.filter((name) => !controllers.includes(name));
  const found: (Degradation | false)[] = [
    cgroupVersion === 1 && {
      what: 'cgroup v1',
      why: `${hybrid ? 'the host is in hybrid mode' : 'the host has no unified hierarchy'}: limits are not checked as a whole and pressure is not reported; boot with cgroup v2`,
    },
    missing.length > 0 && {
      what: `no cgroup controller ${missing.join(', ')}`,
      why: 'the kernel does not have it or it is not mounted: such limits are discarded with a warning',
    },
    !facts.swapAccounting && {
      what: 'no swap limits',
      why: 'the kernel does not account for swap: boot with swapaccount=1',
    },
    !facts.appArmor && {
      what: 'no AppArmor',
      why: 'the kernel has it off or not built in: containers are confined by capabilities, seccomp and masks alone',
    },
    !facts.seccomp && {
      what: 'no seccomp',
      why: 'the kernel is built without CONFIG_SECCOMP_FILTER: system calls of containers are not filtered',
    },
    !facts.canRaiseLimits && {
      what: 'no CAP_SYS_RESOURCE',
      why: `the daemon runs without it: limits of containers stay below its own (open files: ${facts.hardLimits['nofile'] ?? 'unknown'})`,
    },
    capabilities.length > 0 &&
      !capabilities.includes('CAP_SYS_ADMIN') && {
        what: 'no CAP_SYS_ADMIN',
        why: 'the daemon runs without it and cannot make containers',
      },
  ];
  return found.filter((each) => each !== false);
}
