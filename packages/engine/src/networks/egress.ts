import { FailedPreconditionError, type EgressPolicy } from '@wharf/core';
import { readDestination, within } from './address.js';
import { splitEntry } from './egress-entry.js';
import type { NetworkRecord } from './records.js';

/** What all of some denying policies let through: an entry of one that every other covers too. */
export function agreed(policies: readonly EgressPolicy[]): readonly string[] {
  const all = [...new Set(policies.flatMap(({ allow }) => allow))];
  return all.filter((entry) =>
    policies.every(({ allow }) => allow.some((other) => covers(other, entry))),
  );
}

/** Whether whoever may reach `inner` may do so by `outer` alone. */
export function covers(outer: string, inner: string): boolean {
  if (outer === inner) return true;
  const a = splitEntry(outer);
  const b = splitEntry(inner);
  if (a.port !== 0 && a.port !== b.port) return false;
  const [outside, inside] = [readDestination(a.host), readDestination(b.host)];
  if (outside !== undefined || inside !== undefined) {
    return outside !== undefined && inside !== undefined && within(outside, inside);
  }
  return a.host === b.host || (a.host.startsWith('*.') && b.host.endsWith(a.host.slice(1)));
}

/** Only what passes the host's packet filter can be refused there. */
export function refuseUnenforceable(
  policy: EgressPolicy | undefined,
  mode: string,
  networks: readonly Pick<NetworkRecord, 'spec'>[],
): void {
  const denied = [policy, ...networks.map(({ spec }) => spec.egress)].some(
    (each) => each?.default === 'deny',
  );
  if (!denied) return;
  if (mode.startsWith('container:')) {
    throw new FailedPreconditionError(
      'conflicting options: egress and the container type network mode: it has the policy of the other container',
    );
  }
  const open = networks.find(({ spec }) => spec.driver !== 'bridge' && spec.driver !== 'null');
  if (open === undefined) return;
  throw new FailedPreconditionError(
    `egress cannot be denied on network ${open.spec.name}: what its driver ${open.spec.driver} sends does not pass the packet filter, use a bridge network`,
  );
}

/** The address that an interface gives itself (RFC 4291, appendix A); a policy governs it too. */
export function linkLocalAddress(mac: string): string {
  const bytes = mac.split(':').map((each) => parseInt(each, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes;
  const group = (high: number, low: number): string => ((high << 8) | low).toString(16);
  return `fe80::${group(a ^ 2, b)}:${group(c, 0xff)}:${group(0xfe, d)}:${group(e, f)}`;
}
