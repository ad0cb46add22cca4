import { DockerfileError } from '../error.js';
import type { Instruction } from '../instruction/instruction.js';
import { readInstruction } from '../instruction/instruction.js';
import type { Stage } from '../instruction/dockerfile.js';
import { parse } from '../parse/parse.js';

const forbidden: ReadonlySet<Instruction['kind']> = new Set([
  'from',
  'onbuild',
  'maintainer',
  'include',
]);

/**
 * The instructions that a base leaves to those who build on it (ONBUILD), to be executed directly after FROM. Each is a text
 * of its own with the escape character `\`.
 * @throws DockerfileError at the FROM for a text that is not one instruction
 */
export function readTriggers(triggers: readonly string[], { from }: Stage): readonly Instruction[] {
  return triggers.map((text) => {
    try {
      return readTrigger(text, from.image.text);
    } catch (cause) {
      if (!(cause instanceof DockerfileError)) throw cause;
      throw new DockerfileError(`${from.image.text} has an ONBUILD that fails: ${cause.problem}`, {
        source: from.source,
        range: from.range,
        cause,
      });
    }
  });
}

function readTrigger(text: string, image: string): Instruction {
  const { statements, source } = parse(text, `${image} ONBUILD`);
  const [statement] = statements;
  const instruction = statements.length === 1 && statement ? readInstruction(statement) : undefined;
  if (instruction !== undefined && !forbidden.has(instruction.kind)) return instruction;
  throw new DockerfileError('it is not one instruction that ONBUILD may have', {
    source,
    range: source.range(0, 0),
  });
}
