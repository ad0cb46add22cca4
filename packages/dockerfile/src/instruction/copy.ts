import { isSpace } from '../chars.js';
import type { Heredoc, Statement } from '../parse/ast.js';
import { readJsonForm } from '../parse/json-form.js';
import type { Word } from '../source/text.js';
import { baseOf, nameOf, problem, wordOf, type InstructionBase } from './base.js';
import { Flags } from './flags.js';
import { splitBlank } from './words.js';

/** A path (or for ADD a URL) that may have variables, or a file whose content stands in the Dockerfile. */
export type CopySource =
  | { readonly kind: 'path'; readonly path: Word }
  | { readonly kind: 'file'; readonly file: Heredoc };

interface Copying extends InstructionBase {
  readonly sources: readonly CopySource[];
  readonly destination: Word;
  readonly chown?: Word;
  readonly chmod?: Word;
  readonly link: boolean;
  readonly exclude: readonly Word[];
}

export interface CopyInstruction extends Copying {
  readonly kind: 'copy';
  /** A stage, its number, a named context or an image. */
  readonly from?: Word;
  readonly parents: boolean;
}

export interface AddInstruction extends Copying {
  readonly kind: 'add';
  readonly checksum?: Word;
  /** Undefined is what the source is given by default. */
  readonly keepGitDir?: boolean;
  readonly unpack?: boolean;
}

const common = { chown: 'text', chmod: 'text', link: 'boolean', exclude: 'list' } as const;

export function readCopy(statement: Statement): CopyInstruction {
  const flags = new Flags(statement, { ...common, from: 'text', parents: 'boolean' });
  const from = flags.get('from');
  return Object.freeze({
    ...readCopying(statement, flags),
    kind: 'copy',
    ...(from === undefined ? {} : { from }),
    parents: flags.boolean('parents') ?? false,
  });
}

export function readAdd(statement: Statement): AddInstruction {
  const flags = new Flags(statement, {
    ...common,
    checksum: 'text',
    'keep-git-dir': 'boolean',
    unpack: 'boolean',
  });
  const [checksum, keepGitDir] = [flags.get('checksum'), flags.boolean('keep-git-dir')];
  const unpack = flags.boolean('unpack');
  return Object.freeze({
    ...readCopying(statement, flags),
    kind: 'add',
    ...(checksum === undefined ? {} : { checksum }),
    ...(keepGitDir === undefined ? {} : { keepGitDir }),
    ...(unpack === undefined ? {} : { unpack }),
  });
}

function readCopying(statement: Statement, flags: Flags): Copying {
  const json = readJsonForm(statement.rest)?.map(toPath);
  const parts = json ?? readParts(statement);
  const last = parts.at(-1);
  if (last === undefined || parts.length < 2) {
    throw problem(statement, `${nameOf(statement)} needs a source and a destination`);
  }
  if (last.kind === 'file') {
    throw problem(statement, `the destination of ${nameOf(statement)} cannot be a heredoc`, {
      range: last.file.word.range,
    });
  }
  const [chown, chmod] = [flags.get('chown'), flags.get('chmod')];
  return {
    ...baseOf(statement),
    sources: Object.freeze(parts.slice(0, -1)),
    destination: last.path,
    ...(chown === undefined ? {} : { chown }),
    ...(chmod === undefined ? {} : { chmod }),
    link: flags.boolean('link') ?? false,
    exclude: flags.list('exclude'),
  };
}

/** The words of the line, the heredocs among them in one piece each. */
function readParts({ rest, heredocs }: Statement): CopySource[] {
  const parts: CopySource[] = [];
  let at = 0;
  for (const file of heredocs) {
    const start = findWord(rest.text, file.word.text, at);
    parts.push(...splitBlank(rest.slice(at, start)).map(toPath));
    parts.push(Object.freeze({ kind: 'file', file }));
    at = start + file.word.text.length;
  }
  parts.push(...splitBlank(rest.slice(at)).map(toPath));
  return parts;
}

/** The place of a word that is known to be there, with white space on both sides. */
function findWord(text: string, word: string, from: number): number {
  for (let at = text.indexOf(word, from); at >= 0; at = text.indexOf(word, at + 1)) {
    const [before, after] = [at - 1, at + word.length];
    const free = before < 0 || isSpace(text.charCodeAt(before));
    if (free && (after >= text.length || isSpace(text.charCodeAt(after)))) return at;
  }
  return text.length;
}

function toPath(word: Word): CopySource {
  return Object.freeze({ kind: 'path', path: wordOf(word) });
}
