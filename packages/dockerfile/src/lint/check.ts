import { DockerfileError } from '../error.js';
import { InternalError } from '@wharf/core';
import type { Dockerfile } from '../instruction/dockerfile.js';
import type { Instruction } from '../instruction/instruction.js';
import { Evaluation } from '../plan/evaluation.js';
import { planInTurns } from '../plan/plan.js';
import type { PlanOptions } from '../plan/plan-types.js';
import { atOnce, type Turns } from '../turns.js';
import { checkConfig, configFor, isWanted } from './config.js';
import type { Finding } from './finding.js';
import { checkInstructions, instructionsOf } from './instruction-rules.js';
import { checkDefaults, checkStages } from './stage-rules.js';

export interface CheckResult {
  /** In the order of the file. */
  readonly findings: readonly Finding[];
  /** Whether the Dockerfile wants that findings fail the build. */
  readonly failing: boolean;
  /** What is wrong enough that no build is possible. */
  readonly error?: DockerfileError;
}

/**
 * The checks of `build --check`: of the text, and of what a plan of the target (of every stage without one) comes across.
 * Base images that are not in `images` are taken for empty; variables that they might set are not judged.
 * @param check in place of the directive `# check=`
 * @throws DockerfileError for a malformed directive alone
 */
export function check(
  file: Dockerfile,
  options: Omit<PlanOptions, 'report' | 'unknownImages' | 'allStages'>,
  given?: string,
): CheckResult {
  return atOnce(checkInTurns(file, options, given));
}

/** As `check`, instruction by instruction. */
export function* checkInTurns(
  ...[file, options, given]: Parameters<typeof check>
): Turns<CheckResult> {
  const findings: Finding[] = [];
  const config = checkConfig(file, given);
  const report = (finding: Finding): void => void findings.push(finding);
  yield* checkInstructions(file, report);
  checkStages(file, report);
  yield;
  checkDefaults(file, new Evaluation(options, noInput), report);
  yield;
  const error = yield* evaluated(file, {
    ...options,
    report,
    unknownImages: 'assume',
    allStages: options.target === undefined,
  });
  const find = finder(instructionsOf(file));
  const wanted: Finding[] = [];
  for (const finding of findings) {
    yield;
    if (isWanted(finding.rule, configFor(find(finding), config))) wanted.push(finding);
  }
  return Object.freeze({
    findings: Object.freeze(unique(wanted).sort(byPlace)),
    failing: config.error && wanted.length > 0,
    ...(error === undefined ? {} : { error }),
  });
}

function* evaluated(file: Dockerfile, options: PlanOptions): Turns<DockerfileError | undefined> {
  try {
    yield* planInTurns(file, options);
    return undefined;
  } catch (error) {
    if (error instanceof DockerfileError) return error;
    throw error;
  }
}

/** Finds the instruction of a finding by its range. */
function finder(
  instructions: readonly Instruction[],
): (finding: Finding) => Instruction | undefined {
  const byLine = new Map<string, Instruction>();
  for (const at of instructions) byLine.set(`${at.source.name}:${at.range.start.line}`, at);
  return ({ source, range }) => byLine.get(`${source.name}:${range.start.line}`);
}

function unique(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((finding) => [keyOf(finding), finding]));
  return [...seen.values()];
}

function keyOf({ rule, message, source, range }: Finding): string {
  return [rule, source.name, range.start.line, range.start.column, message].join('\n');
}

function byPlace(a: Finding, b: Finding): number {
  return a.range.start.line - b.range.start.line || (a.rule < b.rule ? -1 : 1);
}

function noInput(): never {
  throw new InternalError('global arguments have no --from');
}
