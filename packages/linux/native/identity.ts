import { readFileSync } from 'node:fs';
import type { ProcessIdentity } from '@wharf/core';

/** The running kernel's boot id, proc(5) /proc/sys/kernel/random/boot_id. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

export interface ProcessStat {
  readonly state: string;
  readonly parent: number;
  /** Clock ticks between boot and its start: field 22. */
  readonly startTicks: bigint;
}

/** proc(5) /proc/PID/stat; undefined when there is no such process. The name in it may hold anything, `)` included. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0] ?? '',
    parent: Number(fields[1] ?? 0),
    startTicks: BigInt(fields[19] ?? 0),
  };
}

/** Undefined when there is no such process. */
export function identifyProcess(pid: number, bootId: string): ProcessIdentity | undefined {
  const stat = readProcessStat(pid);
  return stat === undefined ? undefined : { pid, startTicks: stat.startTicks, bootId };
}

/** True if that very process exists and is not a zombie. */
export function isProcessAlive(identity: ProcessIdentity, bootId: string): boolean {
  if (identity.bootId !== bootId || identity.pid <= 0) return false;
  const stat = readProcessStat(identity.pid);
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return false;
  return stat.startTicks === identity.startTicks;
}
