import { InvalidArgumentError } from '@wharf/core';
import {
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  type Native,
  type SeccompArg,
  type SeccompRule,
} from '@wharf/linux/native';
import type {
  RuntimeSeccomp,
  RuntimeSeccompAction,
  RuntimeSyscallArgument,
  RuntimeSyscallRule,
} from '@wharf/oci';
import { recentCalls } from './recent-calls.js';
import { seccompPrefix } from './prefix.js';

const eperm = 1;
/** BPF_MAXINSNS of eight bytes each. */
const maxProgram = 4096 * 8;

const operators = {
  SCMP_CMP_NE: 'ne',
  SCMP_CMP_LT: 'lt',
  SCMP_CMP_LE: 'le',
  SCMP_CMP_EQ: 'eq',
  SCMP_CMP_GE: 'ge',
  SCMP_CMP_GT: 'gt',
  SCMP_CMP_MASKED_EQ: 'masked-eq',
} as const;

/** The program for seccomp(2), compiled off the calling thread. @throws invalid-argument when the profile does not compile */
export async function compileProfile(
  native: Native,
  resolved: RuntimeSeccomp,
  architecture: string,
): Promise<Uint8Array> {
  const defaultAction = action(resolved.defaultAction, resolved.defaultErrnoRet);
  const syscalls = resolved.syscalls ?? [];
  const architectures = resolved.architectures ?? [];
  const { bpf, unknown } = await compile(native, defaultAction, architectures, syscalls);
  const prefix = seccompPrefix({
    architecture,
    answers: answersFor(unknown, syscalls, defaultAction),
    newerAreMissing: defaultAction === (SECCOMP_RET_ERRNO | eperm),
    x32IsMissing: !architectures.includes('SCMP_ARCH_X32'),
  });
  const program = Buffer.concat([prefix, bpf]);
  if (program.length > maxProgram) {
    throw new InvalidArgumentError('the seccomp profile is too large for the kernel: 4096 steps');
  }
  return program;
}

async function compile(
  native: Native,
  defaultAction: number,
  architectures: readonly string[],
  syscalls: readonly RuntimeSyscallRule[],
) {
  try {
    return await native.compileSeccomp(defaultAction, architectures, syscalls.map(toNative));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw cause;
    throw new InvalidArgumentError(
      `the seccomp profile cannot be compiled: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** What the profile says of calls that the library does not know. Rules that test arguments cannot be kept for them. */
function answersFor(
  unknown: readonly string[],
  syscalls: readonly RuntimeSyscallRule[],
  defaultAction: number,
): { number: number; action: number }[] {
  const missing = new Set(unknown);
  const answers = new Map<number, number>();
  for (const rule of syscalls) {
    if ((rule.args ?? []).length > 0) continue;
    for (const name of rule.names) {
      const number = missing.has(name) ? recentCalls.get(name) : undefined;
      const wanted = action(rule.action, rule.errnoRet);
      if (number !== undefined && wanted !== defaultAction) answers.set(number, wanted);
    }
  }
  return [...answers].map(([number, answer]) => ({ number, action: answer }));
}

function toNative({ names, action: name, errnoRet, args }: RuntimeSyscallRule): SeccompRule {
  return { names, action: action(name, errnoRet), args: (args ?? []).map(toNativeArgument) };
}

function toNativeArgument({ index, value, valueTwo, op }: RuntimeSyscallArgument): SeccompArg {
  return {
    index,
    op: operators[op],
    value: BigInt(value),
    ...(op === 'SCMP_CMP_MASKED_EQ' ? { valueTwo: BigInt(valueTwo ?? 0) } : {}),
  };
}

function action(name: RuntimeSeccompAction, errno = eperm): number {
  switch (name) {
    case 'SCMP_ACT_ALLOW':
      return SECCOMP_RET_ALLOW;
    case 'SCMP_ACT_ERRNO':
      return SECCOMP_RET_ERRNO | errno;
    case 'SCMP_ACT_TRACE':
      return SECCOMP_RET_TRACE | errno;
    case 'SCMP_ACT_TRAP':
      return SECCOMP_RET_TRAP;
    case 'SCMP_ACT_LOG':
      return SECCOMP_RET_LOG;
    case 'SCMP_ACT_KILL_PROCESS':
      return SECCOMP_RET_KILL_PROCESS;
    case 'SCMP_ACT_KILL':
    case 'SCMP_ACT_KILL_THREAD':
      return SECCOMP_RET_KILL_THREAD;
    case 'SCMP_ACT_NOTIFY':
      throw new InvalidArgumentError('seccomp profiles with SCMP_ACT_NOTIFY are not supported');
  }
}
