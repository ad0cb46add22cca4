import { callsByCapability } from './capability-calls.js';
import { callsByArchitecture, callsForAll } from './default-calls.js';
import { always, type ArgumentTest, type ProfileRule, type SeccompProfile } from './profile.js';

/** Namespace flags of clone(2), all that unshare(2) would make: NEWNS CGROUP UTS IPC USER PID NET. */
const namespaceFlags = 0x7e02_0000;
const enosys = 38;

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET (socket(2)): what programs need; the rest is rarely used kernel code. */
const socketFamilies = [1, 2, 10, 16, 17];

/** Linux, 32-bit Linux, both with UNAME26, and "which one is it" (personality(2)); not ADDR_NO_RANDOMIZE. */
const personalities = [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

/** The profile of containers that do not choose another: an allow-list, EPERM for the rest. */
export function defaultProfile(): SeccompProfile {
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrno: 1,
    // Not x32: nothing in use needs that interface.
    archMap: [
      { architecture: 'SCMP_ARCH_X86_64', others: ['SCMP_ARCH_X86'] },
      { architecture: 'SCMP_ARCH_AARCH64', others: ['SCMP_ARCH_ARM'] },
    ],
    architectures: [],
    flags: [],
    rules: [
      allow(callsForAll),
      ...socketFamilies.map((family) => allow(['socket', 'socketpair'], equals(family))),
      ...personalities.map((persona) => allow(['personality'], equals(persona))),
      ...Object.entries(callsByArchitecture).map(([arch, names]) => ({
        ...allow(names.split(' ')),
        includes: { ...always, arches: [arch] },
      })),
      ...Object.entries(callsByCapability).map(([capability, names]) => ({
        ...allow(names.split(' ')),
        includes: { ...always, caps: [capability] },
      })),
      ...cloneRules(),
    ],
  };
}

/** clone3(2) has its flags in memory, which a filter cannot read: ENOSYS makes C libraries use clone(2). */
function cloneRules(): readonly ProfileRule[] {
  const excludes = { ...always, caps: ['CAP_SYS_ADMIN'] };
  const noFlag: ArgumentTest = {
    index: 0,
    op: 'SCMP_CMP_MASKED_EQ',
    value: namespaceFlags,
    valueTwo: 0,
  };
  return [
    { ...allow(['clone'], noFlag), excludes },
    { ...allow(['clone3']), action: 'SCMP_ACT_ERRNO', errno: enosys, excludes },
  ];
}

function equals(value: number): ArgumentTest {
  return { index: 0, op: 'SCMP_CMP_EQ', value, valueTwo: 0 };
}

function allow(names: readonly string[], ...args: readonly ArgumentTest[]): ProfileRule {
  return { names, action: 'SCMP_ACT_ALLOW', args, includes: always, excludes: always };
}
