import { IgnoreMatcher, parseIgnore } from '@wharf/dockerfile';
import type { Directory } from '@wharf/dockerfile';

import type { LayerPath } from '../unpack/apply/names.js';
import { relativePath } from './relative-path.js';

/** What the rules say of one entry of a directory. */
export interface Verdict {
  /** Left out, unless it is a directory in which something is kept. */
  readonly ignored: boolean;
  /** Need not be looked at at all. */
  readonly skippable: boolean;
  /** For what is in it, if it is a directory. */
  readonly below: Directory;
}

/** The rules of a .dockerignore for a walk, with paths that stay whatever the rules say. */
export class ImportFilter {
  readonly root: Directory;
  readonly #matcher: IgnoreMatcher;
  readonly #hasRules: boolean;
  readonly #kept: ReadonlySet<LayerPath>;
  readonly #leading: ReadonlySet<LayerPath>;

  /** @throws InvalidArgumentError for rules that are malformed */
  constructor(ignore: string, keep: readonly string[]) {
    const rules = parseIgnore(ignore);
    this.#hasRules = rules.length > 0;
    this.#matcher = new IgnoreMatcher(rules);
    this.root = this.#matcher.root;
    this.#kept = new Set(keep.map(relativePath));
    this.#leading = new Set([...this.#kept].flatMap(ancestorsOf));
  }

  /** @param name the last part of the path */
  judge(directory: Directory, path: LayerPath, name: string): Verdict {
    if (!this.#hasRules) return { ignored: false, skippable: false, below: directory };
    const below = this.#matcher.enter(directory, textOf(name));
    const ignored = below.isIgnored && !this.#kept.has(path);
    const skippable = ignored && below.isSkippable && !this.#leading.has(path);
    return { ignored, skippable, below };
  }
}

function ancestorsOf(path: LayerPath): LayerPath[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** As the rules are written. */
function textOf(name: string): string {
  return /^[\x01-\x7f]*$/.test(name) ? name : Buffer.from(name, 'latin1').toString();
}
