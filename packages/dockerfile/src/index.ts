export { DockerfileError, type Problem } from './error.js';
export { compileGlob } from './ignore/glob.js';
export { ignoreFiles, isNeededByBuild } from './ignore/files.js';
export { IgnoreFilter, type Verdict } from './ignore/filter.js';
export { IgnoreMatcher, type Directory } from './ignore/matcher.js';
export { parseIgnore, parseIgnoreInTurns, type IgnoreRule } from './ignore/rules.js';
export * from './instruction/dockerfile.js';
export {
  include,
  includeInTurns,
  type IncludesDone,
  type IncludesNeeded,
} from './instruction/include.js';
export { instructionNames, type Instruction } from './instruction/instruction.js';
export type * from './instruction/mount.js';
export { check, checkInTurns, type CheckResult } from './lint/check.js';
export type { Finding, RuleName } from './lint/finding.js';
export {
  outline,
  outlineInTurns,
  type Outline,
  type OutlineArg,
  type OutlineMount,
} from './outline/outline.js';
export { targets, type Target } from './outline/targets.js';
export type * from './parse/ast.js';
export { parse, parseInTurns } from './parse/parse.js';
export { print } from './parse/print.js';
export type { Mode } from './plan/mode.js';
export { imageKey } from './plan/names.js';
export type * from './plan/op.js';
export { plan, planInTurns } from './plan/plan.js';
export type * from './plan/plan-types.js';
export { excerpt } from './source/excerpt.js';
export { Source, type Position, type Range } from './source/source.js';
export type { Word } from './source/text.js';
export { atOnce, type Turns } from './turns.js';
