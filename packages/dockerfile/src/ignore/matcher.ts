import { cleanRelative } from './clean.js';
import type { GlobState } from './glob.js';
import type { IgnoreRule } from './rules.js';

/** What a walk knows of a directory when it enters it. */
export interface Directory {
  readonly isIgnored: boolean;
  /** Nothing below it can be kept: the walk need not enter. */
  readonly isSkippable: boolean;
  /** For the rules: whether each has matched this directory or one above. */
  readonly matched: readonly boolean[];
  /** For the rules: where each stands behind the directory's name and a slash; empty when it has matched. */
  readonly states: readonly GlobState[];
}

/**
 * Tells what an ignore file leaves out. A rule that matches a directory matches all below; of the rules that match, the last
 * decides.
 */
export class IgnoreMatcher {
  readonly #rules: readonly IgnoreRule[];
  readonly root: Directory;

  constructor(rules: readonly IgnoreRule[]) {
    this.#rules = rules;
    this.root = {
      isIgnored: false,
      isSkippable: false,
      matched: rules.map(() => false),
      states: rules.map(({ glob }) => glob.start),
    };
  }

  /** For one path of the context, relative to it; `.` is never ignored. */
  isIgnored(path: string): boolean {
    const clean = cleanRelative(path);
    if (clean === '.' || clean === '/') return false;
    const parts = clean.split('/');
    const name = parts.pop() ?? '';
    let directory = this.root;
    for (const part of parts) directory = this.enter(directory, part);
    return this.isEntryIgnored(directory, name);
  }

  /** For an entry of a directory that the walk is in. */
  isEntryIgnored(directory: Directory, name: string): boolean {
    const last = this.#rules.findLastIndex(
      ({ glob }, i) =>
        directory.matched[i] === true || glob.read(directory.states[i] ?? none, name).accepts,
    );
    return this.#rules[last]?.exception === false;
  }

  /** Goes into a directory of a directory. */
  enter(directory: Directory, name: string): Directory {
    const ends = this.#rules.map(({ glob }, i) => glob.read(directory.states[i] ?? none, name));
    const matched = this.#rules.map(
      ({ glob }, i) => directory.matched[i] === true || ends[i]?.accepts === true,
    );
    const states = this.#rules.map(({ glob }, i) =>
      matched[i] === true ? none : glob.read(ends[i] ?? none, '/'),
    );
    const last = matched.lastIndexOf(true);
    const isIgnored = this.#rules[last]?.exception === false;
    return { isIgnored, isSkippable: isIgnored && !this.#mayKeep(last, states), matched, states };
  }

  /** Whether an exception behind the deciding rule can still match below. */
  #mayKeep(last: number, states: readonly GlobState[]): boolean {
    return this.#rules.some(
      ({ exception }, i) => i > last && exception && states[i]?.isAlive === true,
    );
  }
}

/** A rule that has matched already, or never can. */
const none: GlobState = { places: new Set(), accepts: false, isAlive: false };
