import { defaultContainerSpec } from '@wharf/core';
import type { Resources } from '@wharf/core';
import type * as wire from '../gen/wharf/v1/containers.js';
import { atLeast, defined, eachFromWire, integerWithin } from './values.js';

/** proc(5): the range of /proc/PID/oom_score_adj. */
const oomScoreLimit = 1000;

/** Throws invalid-argument for negative amounts where none has a meaning. */
export function resourcesFromWire(resources: wire.Resources | undefined): Resources {
  if (resources === undefined) return defaultContainerSpec('').resources;
  const { pidsLimit } = resources;
  return defined({
    memory: atLeast(resources.memoryBytes, 'memory', 0n),
    memorySwap: atLeast(resources.memorySwapBytes, 'memory_swap', -1n),
    memoryReservation: atLeast(resources.memoryReservationBytes, 'memory_reservation', 0n),
    nanoCpus: atLeast(resources.nanoCpus, 'nano_cpus', 0n),
    cpuShares: atLeast(resources.cpuShares, 'cpu_shares', 0n),
    cpuPeriod: atLeast(resources.cpuPeriodMicros, 'cpu_period', 0n),
    cpuQuota: atLeast(resources.cpuQuotaMicros, 'cpu_quota', -1n),
    cpusetCpus: resources.cpusetCpus,
    cpusetMems: resources.cpusetMems,
    pidsLimit: pidsLimit === undefined ? undefined : atLeast(pidsLimit, 'pids_limit', -1n),
    oomScoreAdj: integerWithin(
      resources.oomScoreAdj,
      'oom_score_adj',
      -oomScoreLimit,
      oomScoreLimit,
    ),
    oomKillDisable: resources.oomKillDisable,
    shmSize: atLeast(resources.shmSizeBytes, 'shm_size', 0n),
    ulimits: eachFromWire(resources.ulimits, 'ulimits', ({ name, soft, hard }) => ({
      name,
      soft: atLeast(soft, `ulimit ${name}`, -1n),
      hard: atLeast(hard, `ulimit ${name}`, -1n),
    })),
  });
}

export function resourcesToWire(resources: Resources): wire.Resources {
  return {
    memoryBytes: resources.memory,
    memorySwapBytes: resources.memorySwap,
    memoryReservationBytes: resources.memoryReservation,
    nanoCpus: resources.nanoCpus,
    cpuShares: resources.cpuShares,
    cpuPeriodMicros: resources.cpuPeriod,
    cpuQuotaMicros: resources.cpuQuota,
    cpusetCpus: resources.cpusetCpus,
    cpusetMems: resources.cpusetMems,
    pidsLimit: resources.pidsLimit,
    oomScoreAdj: resources.oomScoreAdj,
    oomKillDisable: resources.oomKillDisable,
    shmSizeBytes: resources.shmSize,
    ulimits: resources.ulimits.map((ulimit) => ({ ...ulimit })),
  };
}
