import { DockerfileError } from '../error.js';
import { maxIncludeDepth, maxIncludes, maxInstructions } from '../limits.js';
import { parseInTurns } from '../parse/parse.js';
import { atOnce, type Turns } from '../turns.js';
import { toInstructionsInTurns, type Listing } from './dockerfile.js';
import type { Instruction } from './instruction.js';
import type { IncludeInstruction } from './simple.js';

/** What is still to be read before includes are complete; paths are relative to the build context. */
export interface IncludesNeeded {
  readonly kind: 'needs';
  readonly files: readonly string[];
}

export interface IncludesDone {
  readonly kind: 'done';
  readonly listing: Listing;
}

/**
 * Puts the instructions of other files in the place of `INCLUDE path`. A path is relative to the file that has it and stays
 * inside the build context; it is text, not expanded. Included files may include in turn.
 * @param files texts by path in the context; what is missing is named in the result, to be read and given to the next call
 * @param path of the Dockerfile in the context, for paths relative to it
 * @throws DockerfileError for a path that leaves the context, a circle, or too many
 */
export function include(
  listing: Listing,
  files: ReadonlyMap<string, string>,
  path = listing.ast.source.name,
): IncludesNeeded | IncludesDone {
  return atOnce(includeInTurns(listing, files, path));
}

/** As `include`, instruction by instruction. */
export function* includeInTurns(
  listing: Listing,
  files: ReadonlyMap<string, string>,
  path = listing.ast.source.name,
): Turns<IncludesNeeded | IncludesDone> {
  const includer = new Includer(files);
  const instructions = yield* includer.expand(listing.instructions, [normalise([], path) ?? path]);
  if (includer.missing.size > 0) return { kind: 'needs', files: [...includer.missing] };
  return { kind: 'done', listing: Object.freeze({ ast: listing.ast, instructions }) };
}

class Includer {
  readonly missing = new Set<string>();
  readonly #files: ReadonlyMap<string, string>;
  #count = 0;
  #instructions = 0;

  constructor(files: ReadonlyMap<string, string>) {
    this.#files = files;
  }

  /** @param chain the files that are being read, outermost first */
  *expand(
    instructions: readonly Instruction[],
    chain: readonly string[],
  ): Turns<readonly Instruction[]> {
    const expanded: Instruction[] = [];
    for (const instruction of instructions) {
      yield;
      if (instruction.kind === 'include') {
        expanded.push(...(yield* this.#include(instruction, chain)));
        continue;
      }
      this.#instructions++;
      if (this.#instructions > maxInstructions) {
        throw refuse(instruction, `more than ${maxInstructions} instructions`);
      }
      expanded.push(instruction);
    }
    return Object.freeze(expanded);
  }

  *#include(
    instruction: IncludeInstruction,
    chain: readonly string[],
  ): Turns<readonly Instruction[]> {
    const here = chain.at(-1) ?? '';
    const path = normalise(here.split('/').slice(0, -1), instruction.path.text);
    if (path === undefined) {
      throw refuse(instruction, `${instruction.path.text} is outside of the build context`);
    }
    if (chain.includes(path)) throw refuse(instruction, `${path} includes itself`);
    if (chain.length > maxIncludeDepth || ++this.#count > maxIncludes) {
      throw refuse(instruction, `more than ${maxIncludes} includes, or ${maxIncludeDepth} deep`);
    }
    const text = this.#files.get(path);
    if (text === undefined) {
      this.missing.add(path);
      return [];
    }
    const ast = yield* parseInTurns(text, path);
    const { instructions } = yield* toInstructionsInTurns(ast);
    return yield* this.expand(instructions, [...chain, path]);
  }
}

/** Resolves `.` and `..` as text; undefined above the root or for an absolute path. */
function normalise(directory: readonly string[], path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\0')) return undefined;
  const parts = [...directory];
  for (const part of path.split('/')) {
    if (part === '..' && parts.pop() === undefined) return undefined;
    if (part !== '..' && part !== '.' && part !== '') parts.push(part);
  }
  return parts.length === 0 ? undefined : parts.join('/');
}

function refuse(instruction: Instruction, text: string): DockerfileError {
  const range = instruction.kind === 'include' ? instruction.path.range : instruction.range;
  return new DockerfileError(text, { source: instruction.source, range });
}
