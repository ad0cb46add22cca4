import type { Resources } from '@wharf/core';
import type { RuntimeCpu } from '@wharf/oci';
import type { HostFacts } from '../ports.js';
import { checkCpuList } from './cpuset.js';
import { invalid } from './names.js';

/** Microseconds; the kernel's bounds of cpu.cfs_period_us and the least quota. */
const defaultPeriod = 100_000n;
const leastTime = 1000n;
const longestPeriod = 1_000_000n;
const nanosPerCpu = 1_000_000_000n;
/** Bounds of cpu.shares. */
const leastShares = 2n;
const mostShares = 262_144n;
const mostQuota = BigInt(Number.MAX_SAFE_INTEGER);

/** @returns warnings. @throws invalid-argument in docker's words */
export function checkCpu(resources: Resources, facts: HostFacts): string[] {
  checkNanoCpus(resources, facts.cpus);
  checkTimes(resources);
  checkCpuList(resources.cpusetCpus, facts.cpusetCpus, '--cpuset-cpus', 'CPUs');
  checkCpuList(resources.cpusetMems, facts.cpusetMems, '--cpuset-mems', 'memory nodes');
  const { cpuShares } = resources;
  if (cpuShares < 0n) {
    throw invalid(
      `invalid CPU shares (${cpuShares}): value must be a positive integer`,
      '--cpu-shares',
    );
  }
  const used = shares(cpuShares);
  return [
    ...missing(resources, facts),
    ...(used === cpuShares
      ? []
      : [
          used === leastShares
            ? `changing requested CPU shares of ${cpuShares} to minimum allowed of ${leastShares}`
            : `changing requested CPU shares of ${cpuShares} to maximum allowed of ${mostShares}`,
        ]),
  ];
}

function checkNanoCpus({ nanoCpus, cpuPeriod, cpuQuota }: Resources, cpus: number): void {
  if (nanoCpus === 0n) return;
  if (cpuPeriod !== 0n) {
    throw invalid('conflicting options: Nano CPUs and CPU Period cannot both be set', '--cpus');
  }
  if (cpuQuota !== 0n) {
    throw invalid('conflicting options: Nano CPUs and CPU Quota cannot both be set', '--cpus');
  }
  if (nanoCpus < nanosPerCpu / 100n || nanoCpus > BigInt(cpus) * nanosPerCpu) {
    throw invalid(
      `range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`,
      '--cpus',
    );
  }
}

function checkTimes({ cpuPeriod, cpuQuota }: Resources): void {
  if (cpuPeriod !== 0n && (cpuPeriod < leastTime || cpuPeriod > longestPeriod)) {
    throw invalid(
      'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
      '--cpu-period',
    );
  }
  if (cpuQuota > 0n && cpuQuota < leastTime) {
    throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)', '--cpu-quota');
  }
  if (cpuQuota < -1n || cpuQuota > mostQuota) {
    throw invalid(
      `invalid CPU cfs quota ${cpuQuota}: give microseconds, or -1 for none`,
      '--cpu-quota',
    );
  }
}

function missing(resources: Resources, { controllers }: HostFacts): string[] {
  const { nanoCpus, cpuShares, cpuPeriod, cpuQuota, cpusetCpus, cpusetMems } = resources;
  const found: string[] = [];
  const asksTime = [nanoCpus, cpuShares, cpuPeriod, cpuQuota].some((value) => value !== 0n);
  if (asksTime && !controllers.includes('cpu')) {
    found.push(
      'your kernel does not support CPU limits or the cgroup is not mounted, CPU limits discarded',
    );
  }
  if (cpusetCpus + cpusetMems !== '' && !controllers.includes('cpuset')) {
    found.push(
      'your kernel does not support cpuset or the cgroup is not mounted, cpuset discarded',
    );
  }
  return found;
}

/** --cpus as a share of the default period. */
export function buildCpu(resources: Resources, { controllers }: HostFacts): RuntimeCpu | undefined {
  const { nanoCpus, cpuShares, cpuPeriod, cpuQuota, cpusetCpus, cpusetMems } = resources;
  const time = controllers.includes('cpu');
  const set = controllers.includes('cpuset');
  const quota = nanoCpus === 0n ? cpuQuota : (nanoCpus * defaultPeriod) / nanosPerCpu;
  const period = nanoCpus === 0n ? cpuPeriod : defaultPeriod;
  const cpu = {
    ...(time && cpuShares > 0n ? { shares: Number(shares(cpuShares)) } : {}),
    ...(time && quota !== 0n ? { quota: Number(quota) } : {}),
    ...(time && period !== 0n ? { period: Number(period) } : {}),
    ...(set && cpusetCpus !== '' ? { cpus: cpusetCpus } : {}),
    ...(set && cpusetMems !== '' ? { mems: cpusetMems } : {}),
  };
  return Object.keys(cpu).length === 0 ? undefined : cpu;
}

function shares(asked: bigint): bigint {
  if (asked === 0n) return asked;
  if (asked < leastShares) return leastShares;
  return asked > mostShares ? mostShares : asked;
}
