import type { Native } from '../../../native/types.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { isDirectory } from '../tree/kinds.js';
import { MergedTree } from './merged.js';
import type { Layer, Merged } from './merged.js';
import { Comparer } from './same.js';
import type { Aspect } from './same.js';
import type { Stubs } from './stubs.js';

export type ChangeKind = 'added' | 'modified' | 'deleted';

export interface Change {
  readonly kind: ChangeKind;
  readonly path: LayerPath;
  /** Of what is modified, with `details`. */
  readonly differs?: readonly Aspect[];
}

export interface CompareOptions {
  readonly native: Native;
  /** Stacks of layers, topmost first; either may be empty. */
  readonly from: readonly Layer[];
  readonly to: readonly Layer[];
  /** Whether another time of a file is a change. Times of directories never are. */
  readonly times: boolean;
  /** Whether to say of what is modified what differs. */
  readonly details?: boolean;
  /** Throws when it is time to go. */
  readonly stopped: () => void;
  /** Left out where they were added. */
  readonly stubs?: Stubs;
}

/**
 * What differs between the views of two stacks, ordered by the bytes of the path. A directory in which something
 * differs counts as modified; all in an added directory is added; of a deleted one only the directory is named. What
 * both have from the same layers is not looked at, so the cost is that of the layers that are not shared. Names that
 * no path can say (over 4095 bytes) are not looked at.
 */
export function compare(options: CompareOptions): Change[] {
  const comparison = new Comparison(options);
  comparison.run(options.from, options.to);
  return comparison.changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

interface Pair {
  readonly before: Merged | undefined;
  readonly after: Merged;
}

class Comparison {
  readonly changes: Change[] = [];
  readonly #tree: MergedTree;
  readonly #comparer: Comparer;
  readonly #options: CompareOptions;

  constructor(options: CompareOptions) {
    this.#options = options;
    this.#tree = new MergedTree(options.native);
    this.#comparer = new Comparer(options.native, options.stopped);
  }

  run(from: readonly Layer[], to: readonly Layer[]): void {
    const [before, after] = [this.#tree.root(from), this.#tree.root(to)];
    if (after !== undefined) this.#inside({ before, after });
    else if (before !== undefined) this.#emptied(before);
  }

  /** Everything is gone. */
  #emptied(before: Merged): void {
    const names = new Set<string>();
    this.#tree.addNames('', before.layers, names);
    for (const name of names) {
      const entry = this.#tree.child(before, name);
      if (entry !== undefined) this.changes.push({ kind: 'deleted', path: entry.path });
    }
  }

  /** Compares what is in a directory; true when something differs. */
  #inside({ before, after }: Pair): boolean {
    const already = this.changes.length;
    for (const name of this.#names(before, after)) {
      this.#options.stopped();
      this.#entry(
        before && this.#tree.child(before, name),
        isDirectory(after.status) ? this.#tree.child(after, name) : undefined,
      );
    }
    return this.changes.length > already;
  }

  #entry(before: Merged | undefined, after: Merged | undefined): void {
    if (after === undefined) {
      if (before !== undefined) this.changes.push({ kind: 'deleted', path: before.path });
      return;
    }
    const kind = this.#kind(before, after);
    if (!isDirectory(after.status)) {
      if (kind !== undefined) this.#push(kind, before, after);
      return;
    }
    const lower = before !== undefined && isDirectory(before.status) ? before : undefined;
    const differs = this.#inside({ before: lower, after });
    if (kind !== undefined || differs) {
      this.#push(kind ?? (before ? 'modified' : 'added'), before, after);
    }
  }

  #push(kind: ChangeKind, before: Merged | undefined, after: Merged): void {
    const told = this.#options.details === true && kind === 'modified' && before !== undefined;
    const what = { times: this.#options.times, directoryTimes: false };
    const differs = told ? this.#comparer.differs(before, after, what) : [];
    const { path } = after;
    this.changes.push(differs.length === 0 ? { kind, path } : { kind, path, differs });
  }

  #kind(before: Merged | undefined, after: Merged): ChangeKind | undefined {
    if (before === undefined) {
      return this.#options.stubs?.has(after.path, after.status) === true ? undefined : 'added';
    }
    const what = { times: this.#options.times, directoryTimes: false };
    return this.#comparer.same(before, after, what) ? undefined : 'modified';
  }

  /** Names that can differ: those of the layers that are not shared. The shared ones are the lowest of both. */
  #names(before: Merged | undefined, after: Merged): Iterable<string> {
    const [from, to] = [before?.layers ?? [], after.layers];
    let shared = 0;
    while (shared < Math.min(from.length, to.length)) {
      if (from.at(-1 - shared)?.id !== to.at(-1 - shared)?.id) break;
      shared++;
    }
    const names = new Set<string>();
    this.#tree.addNames(after.path, from.slice(0, from.length - shared), names);
    this.#tree.addNames(after.path, to.slice(0, to.length - shared), names);
    return names;
  }
}
