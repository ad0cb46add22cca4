import type { HostFacts } from '../ports.js';
import { invalid } from './names.js';

const most = 2n ** 31n - 1n;

export function checkPids(asked: bigint | undefined, facts: HostFacts): string[] {
  if (asked === undefined || asked <= 0n) return [];
  if (asked > most) throw invalid(`invalid pids limit ${asked}: give 1 to ${most}`, '--pids-limit');
  if (facts.controllers.includes('pids')) return [];
  return [
    'your kernel does not support PIDs limit capabilities or the cgroup is not mounted, PIDs limit discarded',
  ];
}

/** Absent: no limit. */
export function buildPids(
  asked: bigint | undefined,
  byDefault: bigint,
  facts: HostFacts,
): { readonly limit: number } | undefined {
  const limit = asked ?? byDefault;
  if (limit <= 0n || !facts.controllers.includes('pids')) return undefined;
  return { limit: Number(limit) };
}
