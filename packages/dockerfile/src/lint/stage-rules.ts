import { isWharfError } from '@wharf/core';
import { parseReference } from '@wharf/oci';
import { expandWord } from '../expand/expand.js';
import { Budget } from '../expand/budget.js';
import type { Dockerfile, Stage } from '../instruction/dockerfile.js';
import type { Instruction } from '../instruction/instruction.js';
import { evaluateGlobals, type Globals } from '../plan/globals.js';
import type { Evaluation } from '../plan/evaluation.js';
import type { Report, RuleName } from './finding.js';

const reserved: ReadonlySet<string> = new Set(['scratch', 'context']);

/** Checks of stages and their names. */
export function checkStages({ stages }: Dockerfile, report: Report): void {
  const names = new Set<string>();
  for (const stage of stages) {
    const say = (rule: RuleName, message: string): void =>
      report({ rule, message, source: stage.from.source, range: stage.from.range });
    checkName(stage, names, say);
    checkOnce(stage, report);
  }
}

/** Whether every FROM names an image when no build argument is given. */
export function checkDefaults(file: Dockerfile, evaluation: Evaluation, report: Report): void {
  const globals = defaultsOf(file, evaluation);
  if (globals === undefined) return;
  const earlier = new Set<string>();
  for (const { from, name } of file.stages) {
    const { text } = expandWord(from.image, {
      source: from.source,
      escape: from.escape,
      lookUp: (variable) => globals.get(variable),
      budget: new Budget(),
    });
    if (from.image.text.includes('$') && !earlier.has(text.toLowerCase()) && !isReference(text)) {
      report({
        rule: 'InvalidDefaultArgInFrom',
        message: `without build arguments ${from.image.text} names no image: give its ARG a default`,
        source: from.source,
        range: from.range,
      });
    }
    if (name !== undefined) earlier.add(name);
  }
}

function checkName(
  { name, from }: Stage,
  names: Set<string>,
  say: (rule: RuleName, message: string) => void,
): void {
  const written = from.name?.text;
  if (name === undefined || written === undefined) return;
  if (written !== name) {
    say('StageNameCasing', `the stage name ${written} should be in lower case: ${name}`);
  }
  const keyword = from.keyword.text;
  const wanted = keyword === keyword.toUpperCase() ? 'AS' : 'as';
  const isMixed = keyword !== keyword.toUpperCase() && keyword !== keyword.toLowerCase();
  if (from.as !== undefined && from.as.text !== wanted && !isMixed) {
    say('FromAsCasing', `${from.as.text} should be written like ${keyword}: ${wanted}`);
  }
  if (reserved.has(name))
    say('ReservedStageName', `${name} is a reserved word: name the stage otherwise`);
  if (names.has(name)) say('DuplicateStageName', `the stage name ${name} is there before`);
  names.add(name);
}

/** Of several CMD, ENTRYPOINT or HEALTHCHECK only the last counts: the one before is reported. */
function checkOnce({ instructions }: Stage, report: Report): void {
  const last = new Map<string, Instruction>();
  for (const at of instructions) {
    if (at.kind !== 'cmd' && at.kind !== 'entrypoint' && at.kind !== 'healthcheck') continue;
    const before = last.get(at.kind);
    last.set(at.kind, at);
    if (before === undefined) continue;
    report({
      rule: 'MultipleInstructionsDisallowed',
      message: `this ${at.kind.toUpperCase()} has no effect: a later one of the stage takes its place`,
      source: before.source,
      range: before.range,
    });
  }
}

function defaultsOf(file: Dockerfile, evaluation: Evaluation): Globals | undefined {
  try {
    return evaluateGlobals(file, evaluation, false);
  } catch (error) {
    if (isWharfError(error)) return undefined;
    throw error;
  }
}

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch {
    return false;
  }
}
