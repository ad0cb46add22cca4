import { InvalidArgumentError } from '@wharf/core';
import { quote } from './chars.js';

const names =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE ' +
  'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT ' +
  'SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE ' +
  'AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ ' +
  'PERFMON BPF CHECKPOINT_RESTORE';

/** The capabilities of Linux 5.9 and later, `CAP_CHOWN` first; the index is the kernel's number (capabilities(7)). */
export const allCapabilities: readonly string[] = Object.freeze(
  names.split(' ').map((name) => `CAP_${name}`),
);

const numberOf: ReadonlyMap<string, number> = new Map(allCapabilities.map((name, i) => [name, i]));

/** What a container has unless told otherwise: Podman's eleven; of Docker's fourteen not MKNOD, NET_RAW, AUDIT_WRITE. */
export const defaultCapabilities: readonly string[] = Object.freeze(
  'CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT SETFCAP'
    .split(' ')
    .map((name) => `CAP_${name}`),
);

/**
 * Reads `NET_ADMIN`, `cap_net_admin` or `ALL`.
 * @returns `CAP_NET_ADMIN`, or `ALL`
 * @throws InvalidArgumentError for what is no capability
 */
export function parseCapability(text: string): string {
  const upper = text.length > 64 ? '' : text.toUpperCase();
  if (upper === 'ALL') return upper;
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (numberOf.has(name)) return name;
  throw new InvalidArgumentError(`unknown capability: ${quote(text)}`, {
    facts: { capability: text.slice(0, 64) },
  });
}

export interface CapabilityChange {
  readonly add: readonly string[];
  readonly drop: readonly string[];
  /** What is changed; `defaultCapabilities` unless given. */
  readonly base?: readonly string[];
  /** The kernel's last capability (/proc/sys/kernel/cap_last_cap); 40 unless given. */
  readonly lastCapability?: number;
}

/**
 * Applies --cap-add and --cap-drop as docker does. With `ALL` added: every capability but those dropped by name.
 * With `ALL` dropped: those added by name. Else: the base less the dropped, then the added.
 * @returns names in the kernel's order
 * @throws InvalidArgumentError for an unknown name, or one added by name that the kernel lacks
 */
export function applyCapabilities(change: CapabilityChange): readonly string[] {
  const last = change.lastCapability ?? allCapabilities.length - 1;
  const [add, drop] = [
    new Set(change.add.map(parseCapability)),
    new Set(change.drop.map(parseCapability)),
  ];
  const addsAll = add.delete('ALL');
  const dropsAll = drop.delete('ALL');
  for (const name of add) {
    if (numberIn(name) > last) {
      throw new InvalidArgumentError(`the kernel of this host does not have ${name}`);
    }
  }
  if (addsAll) return supported(new Set(allCapabilities).difference(drop), last);
  if (dropsAll) return supported(add, last);
  const base = new Set((change.base ?? defaultCapabilities).map(parseCapability));
  return supported(base.difference(drop).union(add), last);
}

/** All that the kernel has, as of --privileged. */
export function privilegedCapabilities(
  lastCapability = allCapabilities.length - 1,
): readonly string[] {
  return supported(new Set(allCapabilities), lastCapability);
}

function supported(set: ReadonlySet<string>, last: number): readonly string[] {
  return Object.freeze(allCapabilities.slice(0, last + 1).filter((name) => set.has(name)));
}

function numberIn(name: string): number {
  return numberOf.get(name) ?? Number.POSITIVE_INFINITY;
}
