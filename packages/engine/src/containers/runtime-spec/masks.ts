import type { SecuritySpec } from '@wharf/core';
import type { HostFacts } from '../ports.js';

/** What tells of the host or changes it: Docker's list, and more of the same kind. Missing ones are skipped by the runtime. */
const masked = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kallsyms',
  '/proc/kcore',
  '/proc/keys',
  '/proc/kmsg',
  '/proc/latency_stats',
  '/proc/pagetypeinfo',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/vmallocinfo',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
  '/sys/fs/bpf',
  '/sys/kernel/debug',
  '/sys/kernel/security',
  '/sys/kernel/tracing',
];
const readOnly = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export interface Masks {
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
}

/** None with --privileged and systempaths=unconfined. */
export function buildMasks(security: SecuritySpec, { cpus }: HostFacts): Masks {
  if (security.privileged || security.systemPathsUnconfined) {
    return { maskedPaths: [], readonlyPaths: [] };
  }
  const throttles = Array.from(
    { length: cpus },
    (_, n) => `/sys/devices/system/cpu/cpu${n}/thermal_throttle`,
  );
  // Not /sys/fs/cgroup, whose tmpfs is writable with version 1: crun would make the hierarchies in it writable, too.
  return { maskedPaths: [...masked, ...throttles], readonlyPaths: readOnly };
}
