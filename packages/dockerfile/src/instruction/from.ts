import type { Statement } from '../parse/ast.js';
import type { Word } from '../source/text.js';
import { isDigit } from '../chars.js';
import { baseOf, problem, wordOf, type InstructionBase } from './base.js';
import { Flags } from './flags.js';
import { splitBlank } from './words.js';

/** `FROM [--platform=P] IMAGE [AS NAME]`. Image and platform may have global arguments in them. */
export interface FromInstruction extends InstructionBase {
  readonly kind: 'from';
  readonly image: Word;
  readonly platform?: Word;
  /** As written; names are compared in lower case. */
  readonly name?: Word;
  /** The word AS as written. */
  readonly as?: Word;
}

export function readFrom(statement: Statement): FromInstruction {
  const flags = new Flags(statement, { platform: 'text' });
  const [image, as, name, extra] = splitBlank(statement.rest);
  const named = as !== undefined && name !== undefined && as.text.toUpperCase() === 'AS';
  if (image === undefined || extra !== undefined || (as !== undefined && !named)) {
    throw problem(statement, 'FROM takes an image, and AS with a name if it shall have one');
  }
  if (name !== undefined && !isStageName(name.text)) {
    throw problem(
      statement,
      `${JSON.stringify(name.text)} cannot name a stage: begin with a letter, go on with letters, digits, - _ and .`,
      { range: name.range },
    );
  }
  const platform = flags.get('platform');
  return Object.freeze({
    ...baseOf(statement),
    kind: 'from',
    image: wordOf(image),
    ...(platform === undefined ? {} : { platform }),
    ...(named ? { as: wordOf(as), name: wordOf(name) } : {}),
  });
}

function isStageName(text: string): boolean {
  const name = text.toLowerCase();
  const isFirst = name[0] !== undefined && name[0] >= 'a' && name[0] <= 'z';
  return (
    isFirst &&
    [...name].every((c) => (c >= 'a' && c <= 'z') || isDigit(c.charCodeAt(0)) || '-_.'.includes(c))
  );
}
