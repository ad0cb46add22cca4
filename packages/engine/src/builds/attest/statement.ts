import { digestHex, type Digest } from '@wharf/oci';
import { statementType } from './vocabulary.js';

/** JSON as text, in parts: long lists are made one member at a time. */
export type JsonText = Iterable<string>;

/**
 * A statement of in-toto about one image. Its name is left open (`_`), as the spec has it for what is found by digest alone: the
 * same image says the same under any name.
 */
export function* statementText(
  subject: Digest,
  predicateType: string,
  predicate: JsonText,
): Generator<string> {
  const subjects = [{ name: '_', digest: { sha256: digestHex(subject) } }];
  yield `{"_type":${JSON.stringify(statementType)},"subject":${JSON.stringify(subjects)},`;
  yield `"predicateType":${JSON.stringify(predicateType)},"predicate":`;
  yield* predicate;
  yield '}';
}

/** An object whose last members are long lists. */
export function* objectText(
  head: Readonly<Record<string, unknown>>,
  lists: Readonly<Record<string, Iterable<unknown>>>,
): Generator<string> {
  yield JSON.stringify(head).slice(0, -1);
  for (const [name, members] of Object.entries(lists)) {
    yield `,${JSON.stringify(name)}:[`;
    let comma = '';
    for (const member of members) {
      yield comma + JSON.stringify(member);
      comma = ',';
    }
    yield ']';
  }
  yield '}';
}
