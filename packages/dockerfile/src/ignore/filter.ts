import { IgnoreMatcher } from './matcher.js';
import type { Directory } from './matcher.js';
import type { IgnoreRule } from './rules.js';

/** What a walk is to do with one entry of a directory. */
export interface Verdict {
  /** Left out, unless it is a directory in which something is kept. */
  readonly isIgnored: boolean;
  /** It need not be looked at, nor, if it is a directory, what is in it. */
  readonly isSkippable: boolean;
  /** The rules ignore it, and it is kept nevertheless. */
  readonly isSpared: boolean;
  /** For what is in it, if it is a directory. */
  readonly below: Directory;
}

/** The rules of an ignore file for a walk, with paths that stay whatever the rules say. */
export class IgnoreFilter {
  readonly root: Directory;
  readonly #matcher: IgnoreMatcher;
  readonly #hasRules: boolean;
  readonly #kept: ReadonlySet<string>;
  readonly #leading: ReadonlySet<string>;

  /** @param keep relative paths without `.`, `..`, and slashes in front or at the end, written as those of `judge` */
  constructor(rules: readonly IgnoreRule[], keep: Iterable<string>) {
    this.#hasRules = rules.length > 0;
    this.#matcher = new IgnoreMatcher(rules);
    this.root = this.#matcher.root;
    this.#kept = new Set(keep);
    this.#leading = new Set([...this.#kept].flatMap(ancestorsOf));
  }

  /** @param name the last part of the path, as the rules are written */
  judge(directory: Directory, path: string, name: string): Verdict {
    if (!this.#hasRules) return { ...kept, below: directory };
    const below = this.#matcher.enter(directory, name);
    const isSpared = below.isIgnored && this.#kept.has(path);
    const isIgnored = below.isIgnored && !isSpared;
    const isSkippable = isIgnored && below.isSkippable && !this.#leading.has(path);
    return { isIgnored, isSkippable, isSpared, below };
  }
}

const kept = { isIgnored: false, isSkippable: false, isSpared: false };

function ancestorsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
