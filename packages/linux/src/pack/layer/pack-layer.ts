import { FailedPreconditionError } from '@wharf/core';
import type { Native } from '../../../native/types.js';
import { errnoOf } from '../../unpack/apply/faults.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { shownName, splitName } from '../../unpack/apply/names.js';
import { MergedTree } from '../compare/merged.js';
import type { Layer, Merged } from '../compare/merged.js';
import { Comparer } from '../compare/same.js';
import type { Stubs } from '../compare/stubs.js';
import { attributesOf } from '../tree/attributes.js';
import type { Attributes } from '../tree/attributes.js';
import { isDirectory, isWhiteout } from '../tree/kinds.js';
import { Members } from '../tree/members.js';
import type { MemberOptions } from '../tree/members.js';
import type { PackedTree } from '../tree/pack-tree.js';
import { Pages } from '../tree/pages.js';
import { TreeWalk } from '../tree/walk.js';
import type { Visit } from '../tree/walk.js';

const whiteoutPrefix = '.wh.';
const opaqueMarker = '.wh..wh..opq';
const exact = { times: true, directoryTimes: true };

export interface PackLayerOptions extends MemberOptions {
  readonly native: Native;
  /** The upper directory. */
  readonly upper: Layer;
  /** The layers that it is over, topmost first. With none, nothing is known of them, and all marks are kept. */
  readonly lower: readonly Layer[];
  readonly stopped: () => boolean;
  /** Throws when it is time to go. */
  readonly checkStopped: () => void;
  /** Left out where the layers below lack them. */
  readonly stubs?: Stubs;
  /** Sees each entry before it is packed, also those that are left out; it is packed as this says. */
  readonly settle?: (visit: Visit) => Visit;
}

/**
 * What an overlay upper directory changes over the layers below, as an OCI layer: whiteouts as `.wh.NAME`, opaque
 * directories with `.wh..wh..opq` right behind them. What overlayfs copied up and nobody changed is left out, so the
 * layer is the same however its content came about; directories are there when something in them is, or when they
 * differ themselves. The root is there when its mode, owner or attributes differ.
 * @throws FailedPreconditionError for an upper directory that is not whole by itself (mounted with redirect_dir or
 *   metacopy), and as `packTree`.
 */
export function* layerChunks(options: PackLayerOptions): Generator<Buffer, PackedTree> {
  const pages = new Pages();
  const packing = new LayerPacking(options, new Members(options.native, pages, options));
  const changed = yield* packing.run();
  yield* pages.end();
  const { entries, leftOut } = packing.members;
  leftOut.changed += changed;
  return { entries, bytes: pages.bytes, leftOut };
}

/** A directory on the way to the entry at hand. */
interface Above {
  readonly visit: Visit;
  readonly attributes: Attributes;
  /** The same directory in the layers below. */
  readonly below: Merged | undefined;
  /** Whether something below must be hidden. */
  readonly hides: boolean;
  written: boolean;
}

class LayerPacking {
  readonly members: Members;
  readonly #options: PackLayerOptions;
  readonly #tree: MergedTree;
  readonly #comparer: Comparer;
  /** From the root to the directory of the entry at hand. */
  readonly #above: Above[] = [];
  /** The last entry that is left out, and may be a directory. */
  #reserved: LayerPath | undefined;

  constructor(options: PackLayerOptions, members: Members) {
    this.members = members;
    this.#options = options;
    this.#tree = new MergedTree(options.native);
    this.#comparer = new Comparer(options.native, options.checkStopped);
  }

  /** Returns how many directories were not what they were before. */
  *run(): Generator<Buffer, number> {
    const { native, upper, stopped } = this.#options;
    const walk = new TreeWalk({
      native,
      rootFd: upper.fd,
      start: '',
      crossMounts: false,
      stopped,
      include: () => true,
    });
    for (const visit of walk) yield* this.#visit(visit);
    return walk.changed;
  }

  *#visit(found: Visit): Generator<Buffer> {
    const visit = this.#options.settle?.(found) ?? found;
    if (this.#isLeftOut(visit.path)) return;
    this.#climb(visit.path);
    if (isDirectory(visit.status)) yield* this.#directory(visit);
    else if (isWhiteout(visit.status)) yield* this.#whiteout(visit);
    else yield* this.#entry(visit);
  }

  *#directory(visit: Visit): Generator<Buffer> {
    const attributes = this.#attributes(visit);
    const below = this.#below(visit);
    const hides = attributes.opaque && this.#isHidden(below);
    const above: Above = { visit, attributes, below, hides, written: false };
    this.#above.push(above);
    const changed =
      visit.path === ''
        ? this.#rootDiffers(above)
        : !this.#isStub(visit, below) && this.#differs(above);
    if (changed || hides) yield* this.#writeAbove();
    else if (visit.path === '') above.written = true;
  }

  *#whiteout(visit: Visit): Generator<Buffer> {
    if (this.#options.lower.length > 0 && this.#below(visit) === undefined) return;
    yield* this.#writeAbove();
    const { dir, base } = splitName(visit.path);
    const path = dir === '' ? whiteoutPrefix + base : `${dir}/${whiteoutPrefix}${base}`;
    yield* this.members.marker(path, 0);
  }

  *#entry(visit: Visit): Generator<Buffer> {
    const attributes = this.#attributesIfThere(visit);
    if (attributes === undefined) return;
    const below = this.#below(visit);
    // One name of several must stay, or the others would point to nothing.
    if (this.#isStub(visit, below)) return;
    if (below !== undefined && visit.status.links === 1 && this.#same(visit, below)) return;
    yield* this.#writeAbove();
    yield* this.members.entry(visit, visit.path, attributes);
  }

  /** Writes the directories that lead here, as far as they are not written yet. */
  *#writeAbove(): Generator<Buffer> {
    for (const above of this.#above) {
      if (above.written) continue;
      above.written = true;
      const { path } = above.visit;
      yield* this.members.entry(above.visit, path === '' ? './' : path, above.attributes);
      if (!above.hides) continue;
      yield* this.members.marker(path === '' ? opaqueMarker : `${path}/${opaqueMarker}`, 0);
    }
  }

  #climb(path: LayerPath): void {
    while (this.#above.length > 0) {
      const directory = this.#above.at(-1)?.visit.path ?? '';
      if (directory === '' ? path !== '' : path.startsWith(`${directory}/`)) return;
      this.#above.pop();
    }
  }

  #below({ path }: Visit): Merged | undefined {
    if (path === '') return this.#tree.root(this.#options.lower);
    const above = this.#above.at(-1);
    if (above?.below === undefined || above.attributes.opaque) return undefined;
    if (!isDirectory(above.below.status)) return undefined;
    return this.#tree.child(above.below, splitName(path).base);
  }

  /** Overlayfs marks every new directory; the mark says something only over another one. */
  #isHidden(below: Merged | undefined): boolean {
    if (this.#options.lower.length === 0) return true;
    return below !== undefined && isDirectory(below.status);
  }

  #isStub({ path, status }: Visit, below: Merged | undefined): boolean {
    return below === undefined && this.#options.stubs?.has(path, status) === true;
  }

  #differs({ visit, below }: Above): boolean {
    return below === undefined || !this.#same(visit, below);
  }

  /** The time of the root says when the container was made. */
  #rootDiffers({ visit, below }: Above): boolean {
    if (below !== undefined) {
      return !this.#comparer.same(this.#merged(visit), below, {
        times: true,
        directoryTimes: false,
      });
    }
    const { mode, uid, gid } = visit.status;
    return (mode & 0o7777) !== 0o755 || uid !== 0 || gid !== 0;
  }

  #same(visit: Visit, below: Merged): boolean {
    return this.#comparer.same(this.#merged(visit), below, exact);
  }

  #merged({ path, status }: Visit): Merged {
    return { path, status, layer: this.#options.upper, layers: [] };
  }

  #attributesIfThere(visit: Visit): Attributes | undefined {
    try {
      return this.#attributes(visit);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      this.members.leftOut.changed++;
      return undefined;
    }
  }

  #attributes({ fd, name, path, attributes: names }: Visit): Attributes {
    const attributes = attributesOf(this.#options.native, fd, name, names);
    if (!attributes.borrowed) return attributes;
    throw new FailedPreconditionError(
      `${shownName(path)} was renamed or copied by an overlay mounted with redirect_dir or metacopy, which cannot be packed; mount it without them`,
    );
  }

  /** A file whose name would be taken for a whiteout where the layer is unpacked, and all in such a directory. */
  #isLeftOut(path: LayerPath): boolean {
    if (this.#reserved !== undefined && path.startsWith(`${this.#reserved}/`)) return true;
    if (!splitName(path).base.startsWith(whiteoutPrefix)) return false;
    this.#reserved = path;
    this.members.leftOut.reserved++;
    return true;
  }
}
