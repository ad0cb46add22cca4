import type { Resources } from '@wharf/core';
import type { RuntimeMemory } from '@wharf/oci';
import type { HostFacts } from '../ports.js';
import { invalid } from './names.js';

const least = 6n * 1024n * 1024n;
const most = BigInt(Number.MAX_SAFE_INTEGER);
const unlimited = -1n;

/** @returns warnings. @throws invalid-argument in docker's words */
export function checkMemory(resources: Resources, facts: HostFacts): string[] {
  const { memory, memorySwap, memoryReservation, shmSize, oomScoreAdj } = resources;
  checkRange(memory, 0n, 'memory limit', '--memory');
  checkRange(memorySwap, unlimited, 'memory and swap limit', '--memory-swap');
  checkRange(memoryReservation, 0n, 'memory reservation', '--memory-reservation');
  if (shmSize < 0n) throw invalid('SHM size can not be less than 0', '--shm-size');
  checkRange(shmSize, 0n, 'SHM size', '--shm-size');
  if (memory > 0n && memory < least) {
    throw invalid('minimum memory limit allowed is 6MB', '--memory');
  }
  if (memoryReservation > 0n && memoryReservation < least) {
    throw invalid('minimum memory reservation allowed is 6MB', '--memory-reservation');
  }
  if (memory > 0n && memoryReservation > memory) {
    throw invalid(
      'minimum memory limit can not be less than memory reservation limit, see usage',
      '--memory-reservation',
    );
  }
  checkSwap(memory, memorySwap);
  if (!Number.isInteger(oomScoreAdj) || oomScoreAdj < -1000 || oomScoreAdj > 1000) {
    throw invalid(
      `invalid value ${oomScoreAdj}, range for oom score adj is [-1000, 1000]`,
      '--oom-score-adj',
    );
  }
  if (oomScoreAdj < 0 && !facts.canRaiseLimits) {
    throw invalid(
      `oom score adj ${oomScoreAdj} is below 0, for which the daemon has no CAP_SYS_RESOURCE`,
      '--oom-score-adj',
    );
  }
  return warnings(resources, facts);
}

function checkRange(value: bigint, from: bigint, what: string, flag: string): void {
  if (value >= from && value <= most) return;
  throw invalid(`invalid ${what} ${value}: give ${from} to ${most} bytes`, flag);
}

function checkSwap(memory: bigint, memorySwap: bigint): void {
  if (memorySwap > 0n && memory === 0n) {
    throw invalid(
      'you should always set the Memory limit when using Memoryswap limit, see usage',
      '--memory-swap',
    );
  }
  if (memorySwap > 0n && memorySwap < memory) {
    throw invalid(
      'minimum memoryswap limit should be larger than memory limit, see usage',
      '--memory-swap',
    );
  }
}

function warnings(resources: Resources, facts: HostFacts): string[] {
  const { memory, memorySwap, memoryReservation, oomKillDisable } = resources;
  const limits = memory > 0n || memoryReservation > 0n;
  if (limits && !facts.controllers.includes('memory')) {
    return [
      'your kernel does not support memory limit capabilities or the cgroup is not mounted, limitation discarded',
    ];
  }
  const found: string[] = [];
  if (memory > 0n && memorySwap !== unlimited && !facts.swapAccounting) {
    found.push(
      'your kernel does not support swap limit capabilities or the cgroup is not mounted, memory limited without swap',
    );
  }
  if (oomKillDisable && facts.cgroupVersion === 2) {
    found.push('your kernel does not support OomKillDisable, OomKillDisable discarded');
  } else if (oomKillDisable && memory === 0n) {
    found.push(
      'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources',
    );
  }
  return found;
}

/** `swap` counts memory and swap together; docker gives as much swap as memory unless told otherwise. */
export function buildMemory(resources: Resources, facts: HostFacts): RuntimeMemory | undefined {
  const { memory, memorySwap, memoryReservation, oomKillDisable } = resources;
  if (!facts.controllers.includes('memory')) return undefined;
  const disable = oomKillDisable && facts.cgroupVersion === 1;
  if (memory === 0n && memoryReservation === 0n && !disable) return undefined;
  return {
    ...(memory > 0n ? { limit: Number(memory) } : {}),
    ...(memory > 0n && facts.swapAccounting
      ? { swap: Number(memorySwap === 0n ? min(memory * 2n, most) : memorySwap) }
      : {}),
    ...(memoryReservation > 0n ? { reservation: Number(memoryReservation) } : {}),
    ...(disable ? { disableOOMKiller: true } : {}),
  };
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
