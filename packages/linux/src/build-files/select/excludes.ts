import { InvalidArgumentError } from '@wharf/core';
import { IgnoreMatcher, parseIgnore } from '@wharf/dockerfile';
import type { Directory } from '@wharf/dockerfile';
import type { LayerPath } from '../../unpack/apply/names.js';
import { splitName } from '../../unpack/apply/names.js';

const maxKept = 4096;

/** What --exclude leaves out, by paths relative to a source (latin1). */
export class Excludes {
  readonly isEmpty: boolean;
  readonly #matcher: IgnoreMatcher;
  readonly #entered = new Map<LayerPath, Directory>();

  /** @throws InvalidArgumentError for a malformed pattern */
  constructor(patterns: readonly string[]) {
    if (patterns.some((pattern) => pattern.includes('\n')))
      throw new InvalidArgumentError('--exclude: a pattern has a line end');
    const lines = patterns.map((pattern) => (pattern.startsWith('#') ? `\\${pattern}` : pattern));
    this.#matcher = new IgnoreMatcher(parseIgnore(lines.join('\n'), '--exclude'));
    this.isEmpty = patterns.length === 0;
  }

  /** Whether the entry is left out. A directory stays when something in it may. */
  leavesOut(path: LayerPath, isDirectory: boolean): boolean {
    if (this.isEmpty || path === '') return false;
    if (isDirectory) return this.isClosed(path);
    const { dir, base } = splitName(path);
    return this.#matcher.isEntryIgnored(this.#enter(dir), textOf(base));
  }

  /** Whether it is left out whatever it is, and all below it. */
  isClosed(path: LayerPath): boolean {
    if (this.isEmpty || path === '') return false;
    const { dir, base } = splitName(path);
    return this.#matcher.enter(this.#enter(dir), textOf(base)).isSkippable;
  }

  #enter(path: LayerPath): Directory {
    if (path === '') return this.#matcher.root;
    const known = this.#entered.get(path);
    if (known !== undefined) return known;
    const { dir, base } = splitName(path);
    const directory = this.#matcher.enter(this.#enter(dir), textOf(base));
    if (this.#entered.size >= maxKept) this.#entered.clear();
    this.#entered.set(path, directory);
    return directory;
  }
}

function textOf(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString();
}
