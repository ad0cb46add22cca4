import { InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import type { TreeEntry } from '@wharf/core';
import type { TreeFacts } from '@wharf/engine/ports';
import type { Contents } from './contents.js';
import { graceMs, maxTreeDepth, maxTreeEntries } from './limits.js';
import type { Pace } from './pace.js';

/** What is below one directory, each file counted as often as it is reached. */
interface Sum {
  files: number;
  bytes: number;
  entries: number;
  /** Directories on the longest way down, this one included. */
  height: number;
  /** When the first of all that is below was seen, in milliseconds since 1970. */
  seenMs: number;
}

/** More of them are forgotten all at once. */
const mostKnown = 100_000;

/** Directories that were seen to be whole, so that what did not change is not looked at again with each build. */
export class KnownSums {
  readonly #sums = new Map<string, Sum>();

  /** What was seen so lately that it stays for a good part of the time of grace. */
  get(digest: string): Sum | undefined {
    const sum = this.#sums.get(digest);
    if (sum === undefined || sum.seenMs > Date.now() - graceMs / 4) return sum;
    this.#sums.delete(digest);
    return undefined;
  }

  set(digest: string, sum: Sum): void {
    if (this.#sums.size >= mostKnown) this.forget();
    this.#sums.set(digest, sum);
  }

  /** For whoever removes pieces, before and afterwards. */
  forget(): void {
    this.#sums.clear();
  }
}

/**
 * What a tree has, when all of it is here.
 * @throws ResourceExhaustedError for one with too many entries or directories in each other; InvalidArgumentError for one whose
 *   documents are none, or say another size than a file has
 */
export async function factsOf(
  contents: Contents,
  digest: string,
  pace: Pace,
  known = new KnownSums(),
): Promise<TreeFacts | undefined> {
  const sum = await new Summing(contents, digest, pace, known).directory(digest, 1);
  return sum && { digest, files: sum.files, bytes: sum.bytes };
}

/** A tree can reach one directory in very many ways, so each is read once. */
class Summing {
  readonly #contents: Contents;
  readonly #digest: string;
  readonly #pace: Pace;
  readonly #known: KnownSums;

  constructor(contents: Contents, digest: string, pace: Pace, known: KnownSums) {
    this.#known = known;
    this.#contents = contents;
    this.#digest = digest;
    this.#pace = pace;
  }

  async directory(digest: string, depth: number): Promise<Sum | undefined> {
    const known = this.#known.get(digest);
    this.#checkDepth(depth + (known?.height ?? 1) - 1);
    if (known !== undefined) return known;
    await this.#pace.breathe();
    const document = this.#contents.directory(digest);
    if (document === undefined) return undefined;
    const sum: Sum = { files: 0, bytes: 0, entries: 0, height: 1, seenMs: Date.now() };
    for (const entry of document.entries) {
      if (!(await this.#add(sum, entry, depth))) return undefined;
      if (sum.entries > maxTreeEntries) throw this.#refuse(`more than ${maxTreeEntries} entries`);
    }
    this.#known.set(digest, sum);
    return sum;
  }

  /** False when something is missing. */
  async #add(sum: Sum, entry: TreeEntry, depth: number): Promise<boolean> {
    sum.entries++;
    if (entry.kind === 'directory') {
      const below = await this.directory(entry.digest, depth + 1);
      if (below === undefined) return false;
      sum.files += below.files;
      sum.bytes += below.bytes;
      sum.entries += below.entries;
      sum.height = Math.max(sum.height, below.height + 1);
      sum.seenMs = Math.min(sum.seenMs, below.seenMs);
    } else if (entry.kind === 'file') {
      const found = this.#contents.find(entry.digest);
      await this.#pace.breathe();
      if (found === undefined) return false;
      if (found.size !== entry.size) {
        throw new InvalidArgumentError(
          `the tree ${this.#digest} says that ${entry.digest} has ${entry.size} bytes: it has ${found.size}`,
        );
      }
      sum.files++;
      sum.bytes += entry.size;
    }
    return true;
  }

  #checkDepth(depth: number): void {
    if (depth > maxTreeDepth) throw this.#refuse(`more than ${maxTreeDepth} directories in a row`);
  }

  #refuse(what: string): ResourceExhaustedError {
    return new ResourceExhaustedError(`the tree ${this.#digest} has ${what}`);
  }
}
