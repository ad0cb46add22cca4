import { constants } from 'node:fs';
import { anchored } from '../../../native/constants.js';
import type { FileStatus, Native } from '../../../native/types.js';
import { errnoOf } from '../../unpack/apply/faults.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { isOpaque } from '../tree/attributes.js';
import { isDirectory, isWhiteout } from '../tree/kinds.js';

const oPath = 0o10000000;
const rootFlags = oPath | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const readFlags =
  constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const self = Buffer.alloc(0);

/** One layer directory of a stack. */
export interface Layer {
  readonly fd: number;
  /** The same for the same directory, whatever stack it is in. */
  readonly id: string;
}

/** What a stack of layers shows at a path. */
export interface Merged {
  readonly path: LayerPath;
  /** The layer that the entry is from; for directories the topmost that has it. */
  readonly layer: Layer;
  readonly status: FileStatus;
  /** For directories: the layers whose content shows in it, topmost first. */
  readonly layers: readonly Layer[];
}

/** Opens layer directories, topmost first, and closes them at the end. */
export class Layers implements Disposable {
  readonly #native: Native;
  readonly #open = new Map<string, Layer>();

  constructor(native: Native) {
    this.#native = native;
  }

  open(paths: readonly string[]): readonly Layer[] {
    return paths.map((path) => {
      const known = this.#open.get(path);
      if (known !== undefined) return known;
      const layer = { fd: this.#native.openat2(-100, path, rootFlags, 0, 0), id: path };
      this.#open.set(path, layer);
      return layer;
    });
  }

  [Symbol.dispose](): void {
    for (const { fd } of this.#open.values()) this.#native.close(fd);
    this.#open.clear();
  }
}

/**
 * The view that overlayfs gives of a stack, without mounting it: whiteouts and opaque directories hide what is below.
 * Every look is from the root of a layer, follows no link and stays beneath it (R1).
 */
export class MergedTree {
  readonly #native: Native;

  constructor(native: Native) {
    this.#native = native;
  }

  /** Undefined for a stack without layers. Overlayfs does not look for an opaque mark on a root. */
  root(layers: readonly Layer[]): Merged | undefined {
    const [layer] = layers;
    const status = layer && this.#native.statAt(layer.fd, self);
    if (layer === undefined || status === undefined || status === null) return undefined;
    return { path: '', layer, status, layers };
  }

  child(directory: Merged, name: string): Merged | undefined {
    const path = directory.path === '' ? name : `${directory.path}/${name}`;
    const bytes = Buffer.from(path, 'latin1');
    const found: Layer[] = [];
    let top: FileStatus | undefined;
    for (const layer of directory.layers) {
      const status = this.#status(layer, bytes);
      if (status === null) continue;
      if (isWhiteout(status)) break;
      if (!isDirectory(status)) {
        if (top === undefined) return { path, layer, status, layers: [] };
        break;
      }
      top ??= status;
      found.push(layer);
      if (isOpaque(this.#native, layer.fd, bytes)) break;
    }
    const [layer] = found;
    if (layer === undefined || top === undefined) return undefined;
    return { path, layer, status: top, layers: found };
  }

  /** Adds the names that these layers have in a directory, whiteouts included. */
  addNames(path: LayerPath, layers: readonly Layer[], to: Set<string>): void {
    const bytes = Buffer.from(path === '' ? '.' : path, 'latin1');
    for (const layer of layers) {
      const fd = this.#openDirectory(layer, bytes);
      if (fd === undefined) continue;
      try {
        for (const name of this.#native.readDirectory(fd)) to.add(name);
      } finally {
        this.#native.close(fd);
      }
    }
  }

  /** A path that is too long to be said is as good as missing. */
  #status(layer: Layer, path: Buffer): FileStatus | null {
    try {
      return this.#native.statAt(layer.fd, path);
    } catch (error) {
      if (errnoOf(error) === 'ENAMETOOLONG') return null;
      throw error;
    }
  }

  #openDirectory(layer: Layer, path: Buffer): number | undefined {
    try {
      return this.#native.openat2(layer.fd, path, readFlags, 0, anchored);
    } catch (error) {
      const gone = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];
      if (gone.includes(errnoOf(error))) return undefined;
      throw error;
    }
  }
}
