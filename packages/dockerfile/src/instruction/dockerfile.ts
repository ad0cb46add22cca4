import { DockerfileError } from '../error.js';
import { maxStages } from '../limits.js';
import { parse } from '../parse/parse.js';
import type { Ast, Directive } from '../parse/ast.js';
import type { Range, Source } from '../source/source.js';
import { atOnce, type Turns } from '../turns.js';
import { checkSyntax } from './syntax.js';
import type { FromInstruction } from './from.js';
import type { Instruction } from './instruction.js';
import { allowsIncludes, readInstruction } from './instruction.js';
import type { ArgInstruction } from './pairs.js';

/** FROM and what follows up to the next one. */
export interface Stage {
  readonly index: number;
  /** In lower case; undefined without AS. */
  readonly name?: string;
  readonly from: FromInstruction;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile whose every instruction is understood, and no variable looked at. */
export interface Dockerfile {
  readonly source: Source;
  readonly directives: readonly Directive[];
  /** Those before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
  /** Empty lines inside continuations. */
  readonly emptyLines: readonly { readonly source: Source; readonly range: Range }[];
}

/** An instruction with the file that it stands in, before stages are made. */
export interface Listing {
  readonly ast: Ast;
  readonly instructions: readonly Instruction[];
}

/** The second stage: every statement becomes a typed instruction. @throws DockerfileError */
export function toInstructions(ast: Ast): Listing {
  return atOnce(toInstructionsInTurns(ast));
}

/** As `toInstructions`, one by one. */
export function* toInstructionsInTurns(ast: Ast): Turns<Listing> {
  checkSyntax(ast);
  const includes = allowsIncludes(ast);
  const instructions: Instruction[] = [];
  for (const statement of ast.statements) {
    instructions.push(readInstruction(statement, includes));
    yield;
  }
  return Object.freeze({ ast, instructions: Object.freeze(instructions) });
}

/** Sorts instructions into global arguments and stages. @throws DockerfileError without a FROM, or with things before it */
export function toDockerfile(listing: Listing): Dockerfile {
  const { ast, instructions } = listing;
  const globalArgs: ArgInstruction[] = [];
  const stages: { from: FromInstruction; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    const stage = stages.at(-1);
    if (instruction.kind === 'from') stages.push({ from: instruction, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.kind === 'arg') globalArgs.push(instruction);
    else throw beforeFrom(instruction);
  }
  checkCount(ast, stages);
  return Object.freeze({
    source: ast.source,
    directives: ast.directives,
    globalArgs: Object.freeze(globalArgs),
    stages: Object.freeze(
      stages.map(({ from, instructions: own }, index) => toStage(index, from, own)),
    ),
    emptyLines: Object.freeze(
      ast.statements.flatMap(({ emptyLines }) =>
        emptyLines.map((range) => ({ source: ast.source, range })),
      ),
    ),
  });
}

/** Both stages for a Dockerfile that includes nothing. @throws DockerfileError */
export function readDockerfile(text: string, name = 'Dockerfile'): Dockerfile {
  return toDockerfile(toInstructions(parse(text, name)));
}

function toStage(
  index: number,
  from: FromInstruction,
  instructions: readonly Instruction[],
): Stage {
  return Object.freeze({
    index,
    ...(from.name === undefined ? {} : { name: from.name.text.toLowerCase() }),
    from,
    instructions: Object.freeze(instructions),
  });
}

function beforeFrom({ keyword, source, range }: Instruction): DockerfileError {
  return new DockerfileError(
    `${keyword.text.toUpperCase()} stands before the first FROM, where only ARG may`,
    { source, range },
  );
}

function checkCount({ source }: Ast, stages: readonly { from: FromInstruction }[]): void {
  if (stages.length === 0) {
    throw new DockerfileError('there is no FROM: name the image to build on, or FROM scratch', {
      source,
      range: source.range(0, 0),
    });
  }
  const tooMany = stages[maxStages];
  if (tooMany === undefined) return;
  throw new DockerfileError(`more than ${maxStages} stages`, {
    ...tooMany.from,
    code: 'resource-exhausted',
  });
}
