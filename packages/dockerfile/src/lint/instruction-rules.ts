import type { Dockerfile } from '../instruction/dockerfile.js';
import type { Instruction } from '../instruction/instruction.js';
import type { Turns } from '../turns.js';
import type { Report, RuleName } from './finding.js';
import { looksSecret } from './secrets.js';

/** Checks that look at one instruction or at how all are written. */
export function* checkInstructions(file: Dockerfile, report: Report): Turns<void> {
  for (const { source, range } of file.emptyLines) {
    yield;
    report({
      rule: 'NoEmptyContinuation',
      message: 'an empty line inside a continued instruction will be an error: take it away',
      source,
      range,
    });
  }
  yield* checkCasing(file, report);
  for (const at of instructionsOf(file)) {
    yield;
    const say = (rule: RuleName, message: string): void =>
      report({ rule, message, source: at.source, range: at.range });
    checkOne(at, say);
    checkDescription(at, say);
  }
}

/** All instructions in the order of the file. */
export function instructionsOf({ globalArgs, stages }: Dockerfile): readonly Instruction[] {
  return [...globalArgs, ...stages.flatMap(({ from, instructions }) => [from, ...instructions])];
}

type Say = (rule: RuleName, message: string) => void;

function checkOne(at: Instruction, say: Say): void {
  if (at.kind === 'maintainer') {
    say(
      'MaintainerDeprecated',
      'MAINTAINER is deprecated: write LABEL org.opencontainers.image.authors=',
    );
  }
  if ((at.kind === 'env' || at.kind === 'label') && at.legacy) {
    const name = at.kind.toUpperCase();
    say('LegacyKeyValueFormat', `${name} KEY VALUE is the old form: write ${name} KEY=VALUE`);
  }
  if (at.kind === 'env') for (const { key } of at.pairs) checkSecret('ENV', key.text, say);
  if (at.kind === 'arg') for (const { name } of at.args) checkSecret('ARG', name.text, say);
}

function checkSecret(kind: 'ARG' | 'ENV', name: string, say: Say): void {
  if (!looksSecret(name)) return;
  say('SecretsUsedInArgOrEnv', `${kind} ${name} stays in the image: use RUN --mount=type=secret`);
}

/** The comment above a stage or an argument describes it and begins with its name. */
function checkDescription(at: Instruction, say: Say): void {
  const names =
    at.kind === 'arg'
      ? at.args.map(({ name }) => name.text)
      : at.kind === 'from' && at.name !== undefined
        ? [at.name.text]
        : [];
  const comment = at.comments.at(-1)?.text;
  const [first] = names;
  if (comment === undefined || first === undefined) return;
  if (names.some((name) => comment === name || comment.startsWith(`${name} `))) return;
  say(
    'InvalidDefinitionDescription',
    `the comment above ${at.kind.toUpperCase()} should begin with its name: # ${first} …, or an empty line should follow it`,
  );
}

function* checkCasing(file: Dockerfile, report: Report): Turns<void> {
  const all = instructionsOf(file);
  const keywords = all.map(({ keyword }) => keyword.text);
  const lower = keywords.filter((word) => word === word.toLowerCase()).length;
  const upper = keywords.filter((word) => word === word.toUpperCase()).length;
  for (const { keyword, source, range } of all) {
    yield;
    const wanted = lower > upper ? keyword.text.toLowerCase() : keyword.text.toUpperCase();
    if (keyword.text === wanted) continue;
    report({
      rule: 'ConsistentInstructionCasing',
      message: `${keyword.text} should be written like most others: ${wanted}`,
      source,
      range,
    });
  }
}
