import { InternalError, ResourceExhaustedError } from '@wharf/core';
import type { TreeEntry } from '@wharf/core';
import type { Directory, IgnoreFilter, Verdict } from '@wharf/dockerfile';
import type { LayerPath } from '../unpack/apply/names.js';
import { shownName, splitName } from '../unpack/apply/names.js';
import type { Contents } from './contents.js';
import { maxTreeDepth } from './limits.js';

/** A directory that the walk is in. */
interface Level {
  readonly path: LayerPath;
  readonly mode: number;
  /** Only there if something in it is. */
  readonly ignored: boolean;
  readonly below: Directory;
  readonly entries: TreeEntry[];
}

/** Makes documents of directories in the order in which a walk leaves them. */
export class ImportLevels {
  readonly #filter: IgnoreFilter;
  readonly #contents: Contents;
  readonly #levels: Level[] = [];
  /** What was said of the entry that the walk looks at. */
  #last: { readonly path: LayerPath; readonly verdict: Verdict } | undefined;

  constructor(filter: IgnoreFilter, contents: Contents) {
    this.#filter = filter;
    this.#contents = contents;
  }

  /** Whether the walk is to look at an entry. */
  includes(path: LayerPath): boolean {
    return !this.#judge(path).isSkippable;
  }

  isIgnored(path: LayerPath): boolean {
    return this.#judge(path).isIgnored;
  }

  enter(path: LayerPath, mode: number): void {
    if (path === '') {
      const below = this.#filter.root;
      this.#levels.push({ path, mode, ignored: false, below, entries: [] });
      return;
    }
    const { isIgnored: ignored, below } = this.#judge(path);
    if (this.#levels.length >= maxTreeDepth) {
      throw new ResourceExhaustedError(
        `${shownName(path)} is more than ${maxTreeDepth} directories deep`,
      );
    }
    this.#levels.push({ path, mode, ignored, below, entries: [] });
  }

  /** In the order of the names. */
  add(path: LayerPath, entry: TreeEntry): void {
    addTo(this.#parentOf(path), entry);
  }

  /** The digest of the root. */
  finish(): string {
    while (this.#levels.length > 1) this.#leave();
    const root = this.#levels.pop();
    if (root === undefined) throw new InternalError('a walk has not begun at its root');
    return this.#contents.putDirectory({ entries: root.entries }, '/');
  }

  #judge(path: LayerPath): Verdict {
    if (this.#last?.path === path) return this.#last.verdict;
    const { base } = splitName(path);
    const verdict = this.#filter.judge(this.#parentOf(path).below, path, textOf(base));
    this.#last = { path, verdict };
    return verdict;
  }

  #parentOf(path: LayerPath): Level {
    const { dir } = splitName(path);
    for (;;) {
      const level = this.#levels.at(-1);
      if (level === undefined) throw new InternalError('a walk has left its root');
      if (level.path === dir) return level;
      this.#leave();
    }
  }

  #leave(): void {
    const level = this.#levels.pop();
    if (level === undefined) return;
    const { path, mode, ignored, entries } = level;
    if (ignored && entries.length === 0) return;
    const digest = this.#contents.putDirectory({ entries }, shownName(path));
    const { base } = splitName(path);
    const parent = this.#levels.at(-1);
    if (parent !== undefined) addTo(parent, { kind: 'directory', name: base, mode, digest });
  }
}

/** As rules are written. */
function textOf(name: string): string {
  return /^[\x00-\x7f]*$/.test(name) ? name : Buffer.from(name, 'latin1').toString();
}

/** A directory that changes while it is listed may say a name twice, getdents(2). */
function addTo({ entries }: Level, entry: TreeEntry): void {
  if (entries.at(-1)?.name !== entry.name) entries.push(entry);
}
