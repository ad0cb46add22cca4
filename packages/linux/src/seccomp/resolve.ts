import type { RuntimeSeccomp, RuntimeSyscallRule } from '@wharf/oci';
import type { ProfileRule, RuleFilter, SeccompProfile } from './profile.js';

/** What the conditions of a profile are weighed against. */
export interface SeccompSituation {
  readonly capabilities: readonly string[];
  /** Go's name: amd64. */
  readonly architecture: string;
  /** As uname(2) has it: `6.18.44-fc`. */
  readonly kernelVersion: string;
}

/** Machine names of the runtime specification by Go's. */
const machineNames: Readonly<Record<string, string>> = {
  amd64: 'SCMP_ARCH_X86_64',
  arm64: 'SCMP_ARCH_AARCH64',
  arm: 'SCMP_ARCH_ARM',
  386: 'SCMP_ARCH_X86',
  riscv64: 'SCMP_ARCH_RISCV64',
  s390x: 'SCMP_ARCH_S390X',
  ppc64le: 'SCMP_ARCH_PPC64LE',
};

/** The rules of a profile that count here, in the form of the runtime specification. */
export function resolveProfile(
  profile: SeccompProfile,
  situation: SeccompSituation,
): RuntimeSeccomp {
  const syscalls = profile.rules
    .filter((rule) => rule.names.length > 0 && counts(rule, situation))
    .map(toRuntimeRule);
  const architectures = architecturesOf(profile, situation.architecture);
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrno === undefined ? {} : { defaultErrnoRet: profile.defaultErrno }),
    ...(architectures.length === 0 ? {} : { architectures }),
    ...(profile.flags.length === 0 ? {} : { flags: profile.flags }),
    syscalls,
  };
}

function architecturesOf(profile: SeccompProfile, architecture: string): readonly string[] {
  const native = machineNames[architecture];
  const group = profile.archMap.find((each) => each.architecture === native);
  return group === undefined ? profile.architectures : [group.architecture, ...group.others];
}

function toRuntimeRule({ names, action, errno, args }: ProfileRule): RuntimeSyscallRule {
  return {
    names,
    action,
    ...(errno === undefined ? {} : { errnoRet: errno }),
    ...(args.length === 0 ? {} : { args }),
  };
}

function counts({ includes, excludes }: ProfileRule, situation: SeccompSituation): boolean {
  const held = new Set(situation.capabilities);
  if (!includes.caps.every((name) => held.has(name))) return false;
  if (excludes.caps.some((name) => held.has(name))) return false;
  return fits(includes, situation) && !isExcluded(excludes, situation);
}

function fits(filter: RuleFilter, { architecture, kernelVersion }: SeccompSituation): boolean {
  if (filter.arches.length > 0 && !filter.arches.includes(architecture)) return false;
  return filter.minKernel === undefined || isAtLeast(kernelVersion, filter.minKernel);
}

function isExcluded(
  filter: RuleFilter,
  { architecture, kernelVersion }: SeccompSituation,
): boolean {
  if (filter.arches.includes(architecture)) return true;
  return filter.minKernel !== undefined && isAtLeast(kernelVersion, filter.minKernel);
}

/** Compares the first two numbers of kernel versions. A version that cannot be read is at least nothing. */
export function isAtLeast(version: string, wanted: string): boolean {
  const numbers = (text: string): [number, number] => {
    const [, major, minor] = /^(\d+)\.(\d+)/.exec(text) ?? [];
    return [Number(major ?? -1), Number(minor ?? -1)];
  };
  const [[major, minor], [wantedMajor, wantedMinor]] = [numbers(version), numbers(wanted)];
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
