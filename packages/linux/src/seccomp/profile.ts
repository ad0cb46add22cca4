import type { RuntimeSeccompAction, RuntimeSeccompOperator } from '@wharf/oci';

/** A profile in the form that --security-opt seccomp=FILE takes: rules that depend on capabilities, machine and kernel. */
export interface SeccompProfile {
  readonly defaultAction: RuntimeSeccompAction;
  /** errno of a default action SCMP_ACT_ERRNO; EPERM unless given. */
  readonly defaultErrno?: number;
  /** SCMP_ARCH_* with the others that its kernel runs too. */
  readonly archMap: readonly ArchitectureGroup[];
  /** As they are in force, where there is no map. */
  readonly architectures: readonly string[];
  readonly flags: readonly string[];
  readonly rules: readonly ProfileRule[];
}

export interface ArchitectureGroup {
  readonly architecture: string;
  readonly others: readonly string[];
}

export interface ProfileRule {
  readonly names: readonly string[];
  readonly action: RuntimeSeccompAction;
  readonly errno?: number;
  /** All must hold. */
  readonly args: readonly ArgumentTest[];
  readonly includes: RuleFilter;
  readonly excludes: RuleFilter;
}

export interface ArgumentTest {
  readonly index: number;
  readonly value: number;
  readonly valueTwo: number;
  readonly op: RuntimeSeccompOperator;
}

/** When a rule counts. An empty member says nothing. */
export interface RuleFilter {
  /** All of them (includes), any of them (excludes). */
  readonly caps: readonly string[];
  /** Any of them, in Go's names: amd64, arm64. */
  readonly arches: readonly string[];
  /** `4.8`: this kernel or a later one. */
  readonly minKernel?: string;
}

export const always: RuleFilter = { caps: [], arches: [] };
