import type { Statement } from '../parse/ast.js';
import { baseOf, problem, type InstructionBase } from './base.js';
import { Flags } from './flags.js';

/** An instruction for those who build on the image. */
export interface OnbuildInstruction extends InstructionBase {
  readonly kind: 'onbuild';
  /** As it goes into the image's config: without ONBUILD, with its heredocs. */
  readonly trigger: string;
}

/** Instructions that no image may leave to others. */
const forbidden: ReadonlySet<string> = new Set(['ONBUILD', 'FROM', 'MAINTAINER', 'INCLUDE']);

/** @param check passes for a trigger that is an instruction */
export function readOnbuild(
  statement: Statement,
  check: (trigger: Statement) => void,
): OnbuildInstruction {
  new Flags(statement);
  const { trigger } = statement;
  if (trigger === undefined) throw problem(statement, 'ONBUILD needs an instruction');
  const name = trigger.keyword.text.toUpperCase();
  if (forbidden.has(name)) {
    throw problem(statement, `ONBUILD cannot have ${name}`, { range: trigger.keyword.range });
  }
  check(trigger);
  const bodies = statement.heredocs.map(({ content, name: end }) => `\n${content}${end}`);
  return Object.freeze({
    ...baseOf(statement),
    kind: 'onbuild',
    trigger: `${trigger.line.text}${bodies.join('')}`,
  });
}
