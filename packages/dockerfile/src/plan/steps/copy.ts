import { parseContainerPath } from '@wharf/oci';
import { DockerfileError } from '../../error.js';
import type { AddInstruction, CopyInstruction, CopySource } from '../../instruction/copy.js';
import { stripTabs } from '../../parse/heredoc.js';
import type { Heredoc } from '../../parse/ast.js';
import type { Range } from '../../source/source.js';
import type { Word } from '../../source/text.js';
import type { Draft, Effect } from '../draft.js';
import type { Evaluation } from '../evaluation.js';
import { parseMode, type Mode } from '../mode.js';
import type { CopyItem, OpId } from '../op.js';
import { cleanPath, destinationPath, fixedPart, hasWildcards, leavesRoot } from '../paths.js';
import { AddSources } from './add-sources.js';

type Copying = CopyInstruction | AddInstruction;

export function evaluateCopy(at: Copying, draft: Draft, evaluation: Evaluation): Effect {
  const copier = new Copier(at, draft, evaluation);
  const items = at.sources.map((source) => copier.item(source));
  const inputs = new Set(items.map(({ input }) => input));
  const owner = copier.expanded(at.chown);
  const mode = copier.mode();
  const destination = copier.destination(items.length);
  const base = draft.result;
  const op = evaluation.graph.add({
    kind: 'copy',
    inputs: Object.freeze([base, ...inputs]),
    base,
    items: Object.freeze(items),
    destination,
    owner,
    ...(mode === undefined ? {} : { mode }),
    link: at.link,
    exclude: Object.freeze(at.exclude.map(({ text }) => text)),
    platform: draft.platform,
  });
  return { op, history: copier.history(owner) };
}

class Copier {
  readonly #at: Copying;
  readonly #draft: Draft;
  readonly #evaluation: Evaluation;
  readonly #texts: string[] = [];

  constructor(at: Copying, draft: Draft, evaluation: Evaluation) {
    this.#at = at;
    this.#draft = draft;
    this.#evaluation = evaluation;
  }

  item(source: CopySource): CopyItem {
    if (source.kind === 'file') return this.#file(source.file);
    const text = this.expanded(source.path);
    this.#texts.push(text);
    const remote = new AddSources(this.#at, this.#evaluation, this.#checksum()).find(
      text,
      source.path.range,
    );
    return remote ?? this.#path(text, source.path.range);
  }

  #checksum(): Word | undefined {
    const word = this.#at.kind === 'add' ? this.#at.checksum : undefined;
    return word && { text: this.expanded(word), range: word.range };
  }

  expanded(word: Word | undefined): string {
    return word === undefined ? '' : this.#evaluation.expand(this.#draft, word, this.#at);
  }

  mode(): Mode | undefined {
    const text = this.expanded(this.#at.chmod);
    if (text === '') return undefined;
    const mode = parseMode(text);
    if (mode !== undefined) return mode;
    throw this.#fail(
      `--chmod=${text} is neither octal up to 7777 nor like u=rwx,go=rx`,
      this.#at.chmod?.range,
    );
  }

  /** Several sources go into a directory, whether or not a slash says so. */
  destination(count: number): string {
    const { destination } = this.#at;
    const text = this.expanded(destination);
    const path = destinationPath(this.#draft.config.workdir, text);
    this.#evaluation.checked(this.#at, destination.range, () => parseContainerPath(path));
    this.#texts.push(text);
    return count > 1 && !path.endsWith('/') ? `${path}/` : path;
  }

  history(owner: string): string {
    const { kind, chmod, link } = this.#at;
    const flags = [
      ...(this.#at.kind === 'copy' && this.#at.from !== undefined
        ? [`--from=${this.#at.from.text}`]
        : []),
      ...(owner === '' ? [] : [`--chown=${owner}`]),
      ...(chmod === undefined ? [] : [`--chmod=${this.expanded(chmod)}`]),
      ...(link ? ['--link'] : []),
    ];
    return [kind.toUpperCase(), ...flags, ...this.#texts].join(' ');
  }

  #path(text: string, range: Range): CopyItem {
    const input = this.#origin();
    const fromContext = this.#evaluation.graph.get(input)?.kind === 'context';
    if (text.includes('\0')) throw this.#fail('a path cannot have a NUL', range);
    if (fromContext && leavesRoot(text)) {
      throw this.#fail(`${text} is outside of the build context`, range);
    }
    const path = cleanPath(text);
    const parents = this.#at.kind === 'copy' && this.#at.parents;
    const pivot = text.indexOf('/./');
    this.#checkIgnored(path, input);
    this.#evaluation.takeFromContext(input, fixedPart(path));
    return Object.freeze({
      input,
      path,
      wildcards: hasWildcards(path),
      ...(parents
        ? { keep: pivot < 0 ? path.slice(1) : cleanPath(text.slice(pivot + 3)).slice(1) }
        : {}),
      unpack: this.#at.kind === 'add' && (this.#at.unpack ?? true),
    });
  }

  #origin(): OpId {
    const { graph } = this.#evaluation;
    if (this.#at.kind === 'add' || this.#at.from === undefined) {
      return graph.source({ kind: 'context', inputs: [] });
    }
    const name = this.expanded(this.#at.from);
    return this.#evaluation.findInput(
      { text: name, range: this.#at.from.range },
      this.#draft,
      this.#at,
    );
  }

  #file(file: Heredoc): CopyItem {
    const name = file.name.slice(file.name.lastIndexOf('/') + 1);
    if (name === '' || name === '.' || name === '..' || name.includes('\0')) {
      throw this.#fail(`a file cannot be named ${JSON.stringify(file.name)}`, file.word.range);
    }
    const raw = file.stripTabs ? stripTabs(file.content) : file.content;
    const content = file.expand
      ? this.#evaluation.expandContent(this.#draft, { text: raw, range: file.range }, this.#at)
      : raw;
    this.#texts.push(file.word.text);
    const input = this.#evaluation.graph.source({
      kind: 'files',
      inputs: [],
      files: [{ name, content }],
    });
    return Object.freeze({ input, path: `/${name}`, wildcards: false, unpack: false });
  }

  #checkIgnored(path: string, input: OpId): void {
    const { isIgnored } = this.#evaluation.options;
    const op = this.#evaluation.graph.get(input);
    if (op?.kind !== 'context' || op.name !== undefined || path === '/') return;
    if (isIgnored?.(path.slice(1)) !== true) return;
    this.#evaluation.report(
      'CopyIgnoredFile',
      this.#at,
      `${this.#at.kind.toUpperCase()} of ${path.slice(1)}, which .dockerignore leaves out`,
    );
  }

  #fail(problem: string, range: Range = this.#at.range): DockerfileError {
    return new DockerfileError(problem, { source: this.#at.source, range });
  }
}
