import { defaultCapabilities } from '@wharf/oci';
import type { HostFacts } from '../../ports.js';

/** A host with everything but CAP_SYS_RESOURCE: 4 CPUs, cgroup v1. */
export const facts: HostFacts = {
  bootId: 'b',
  cgroupVersion: 1,
  controllers: ['cpu', 'cpuset', 'memory', 'pids', 'devices'],
  appArmor: false,
  seccomp: true,
  swapAccounting: true,
  kernelVersion: '6.1.0',
  operatingSystem: 'Linux',
  architecture: 'x86_64',
  cpus: 4,
  cpusetCpus: '0-3',
  cpusetMems: '0',
  memory: 8 * 1024 ** 3,
  capabilities: [...defaultCapabilities, 'CAP_NET_ADMIN', 'CAP_SYS_ADMIN', 'CAP_MKNOD'],
  hardLimits: { nofile: 20_000n, core: -1n },
  canRaiseLimits: false,
  hostname: 'host',
  degraded: [],
};
