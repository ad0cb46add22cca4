import { InvalidArgumentError } from '@wharf/core';
import type { CopyRequest, FileSource, LayerPlace } from '@wharf/engine/ports';
import type { Native } from '../../native/types.js';
import { resolveInRoot } from '../files/resolve.js';
import { isDirectory } from '../pack/tree/kinds.js';
import { join } from '../unpack/apply/directories.js';
import type { LayerPath } from '../unpack/apply/names.js';
import { shownName, splitName } from '../unpack/apply/names.js';
import { unpacks } from './protocol.js';
import type { CopyJob } from './protocol.js';
import { openClosed, openPlace } from './place.js';
import { Excludes } from './select/excludes.js';
import { entriesOf } from './select/select.js';
import type { Match } from './select/select.js';
import { selectAll } from './select/selection.js';
import type { Selected } from './select/selection.js';
import { openSources } from './source/sources.js';
import type { Source } from './source/source.js';
import { ownerOf } from './write/owner.js';
import type { Owner } from './write/owner.js';
import { Writer } from './write/writer.js';
import { enterRoot } from './root.js';
import type { OpenArchive } from './unpack.js';
import { unpack } from './unpack.js';

/** Puts what the items mean into the place. Archives are unpacked by a thread that has no other root (R2). */
export async function copy(native: Native, job: CopyJob, openArchive: OpenArchive): Promise<void> {
  const { request, treesRoot } = job;
  const sourceOf = openSources(native, treesRoot, sourcesOf(request));
  const rootFd = openPlace(native, request.place);
  const excludes = new Excludes(request.exclude);
  const selected = selectAll(request.items, sourceOf);
  const owner = ownerOf(native, rootFd, request.owner);
  const writer = new Writer({ native, rootFd, owner, mode: request.mode });
  if (unpacks(request)) enterRoot(native, rootFd);
  const upper = isOneDirectory(selected, request) ? request.place.upper : undefined;
  const options = { native, rootFd, writer, owner, excludes, request, openArchive, upper };
  const copier = new Copier(options);
  for (const each of selected) await copier.item(each);
  writer.end();
}

/** Nothing else is put anywhere, so that nothing must be found once its destination is there. */
function isOneDirectory([only, ...others]: readonly Selected[], request: CopyRequest): boolean {
  const [match, ...more] = only?.matches ?? [];
  if (match === undefined || others.length > 0 || more.length > 0) return false;
  return match.found.isDirectory && match.keep === undefined && !unpacks(request);
}

function sourcesOf({ items }: CopyRequest): readonly FileSource[] {
  return items.map(({ source }) => source);
}

interface CopierOptions {
  readonly native: Native;
  readonly rootFd: number;
  readonly writer: Writer;
  readonly owner: Owner | undefined;
  readonly excludes: Excludes;
  readonly request: CopyRequest;
  readonly openArchive: OpenArchive;
  /** Of the place, when it has all that is copied as it shall be: see `isOneDirectory`. */
  readonly upper: string | undefined;
}

class Copier {
  readonly #options: CopierOptions;

  constructor(options: CopierOptions) {
    this.#options = options;
  }

  async item({ item, source, matches }: Selected): Promise<void> {
    for (const match of matches) {
      const unpacked = item.unpack && match.found.isFile && (await this.#unpack(source, match));
      if (!unpacked) this.#copy(source, match);
    }
  }

  async #unpack(source: Source, match: Match): Promise<boolean> {
    const { native, writer, owner, openArchive, request } = this.#options;
    const [entry] = source.walk({ start: match.found.path, include: () => false });
    const archive = entry && (await openArchive(entry.open()));
    if (archive === undefined) return false;
    const { path } = this.#resolve(request.destination);
    writer.makeDirectories(path);
    await unpack({ native, path, archive, owner });
    return true;
  }

  #copy(source: Source, match: Match): void {
    const { writer, excludes } = this.#options;
    const target = this.#targetOf(match);
    if (match.keep !== undefined) this.#keepParents(source, match.keep, target);
    for (const { entry, inside } of entriesOf(source, match, excludes)) {
      // The destination itself is only a place for the content.
      if (inside === '' && entry.kind === 'directory' && match.keep === undefined) continue;
      writer.put(entry, inside === '' ? target : join(target, inside));
    }
    writer.finish();
  }

  /** Where a match goes: a directory's content into the destination, a file into it or in its place. */
  #targetOf({ found, base, keep }: Match): LayerPath {
    const { writer, request } = this.#options;
    const named = request.destination.endsWith('/') || keep !== undefined;
    const { path, there } = this.#resolve(request.destination);
    if (named || found.isDirectory) {
      const isNew = there === 'nothing';
      if (there === 'other' && !named)
        throw new InvalidArgumentError(
          `cannot copy to non-directory: ${shownName(`/${path}`)}, where the source has a directory`,
        );
      writer.makeDirectories(path);
      if (isNew) this.#leaveStack();
    } else {
      writer.makeDirectories(splitName(path).dir);
    }
    if (keep !== undefined) return join(path, keep.path);
    if (found.isDirectory) return path;
    return named || there === 'directory' ? join(path, base) : path;
  }

  /** What is below a new directory need not go through the overlay, which takes as long again as the files themselves. */
  #leaveStack(): void {
    const { native, rootFd, writer, request, upper } = this.#options;
    if (upper === undefined || request.place.lower.length === 0) return;
    writer.moveTo(openClosed(native, upper, 0));
    native.close(rootFd);
  }

  /** Directories that --parents keeps are as they are in the source where they are new. */
  #keepParents(source: Source, keep: NonNullable<Match['keep']>, target: LayerPath): void {
    const { native, rootFd, writer } = this.#options;
    const top = target.slice(0, Math.max(0, target.length - keep.path.length));
    for (const parent of keep.parents) {
      const path = `${top}${parent.path}`;
      if (native.statAt(rootFd, Buffer.from(path, 'latin1')) !== null) {
        writer.makeDirectories(path);
        continue;
      }
      for (const entry of source.walk({ start: parent.found.path, include: () => false }))
        writer.put(entry, path);
    }
  }

  #resolve(text: string): {
    readonly path: LayerPath;
    readonly there: 'directory' | 'other' | 'nothing';
  } {
    const { native, rootFd } = this.#options;
    const name = Buffer.from(text).toString('latin1');
    const { path, status } = resolveInRoot(native, rootFd, name, { follow: true });
    const there = status === null ? 'nothing' : isDirectory(status) ? 'directory' : 'other';
    return { path, there };
  }
}

/** A directory and those that lead to it, through links inside the stack. */
export function makeDirectory(
  native: Native,
  {
    place,
    path,
    owner,
  }: { readonly place: LayerPlace; readonly path: string; readonly owner: string },
): void {
  const rootFd = openPlace(native, place);
  const by = ownerOf(native, rootFd, owner);
  const writer = new Writer({ native, rootFd, owner: by, mode: undefined });
  const name = Buffer.from(path).toString('latin1');
  const found = resolveInRoot(native, rootFd, name, { follow: true });
  writer.makeDirectories(found.path);
  writer.end();
}
