import type { FileStatus } from '../../../native/types.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { isDirectory, isRegular } from '../tree/kinds.js';

/** Places that were made to be mounted on: what is there says nothing about the container. */
export class Stubs {
  readonly #paths: ReadonlySet<LayerPath>;

  /** @param paths absolute */
  constructor(paths: readonly string[]) {
    this.#paths = new Set(paths.map((path) => Buffer.from(path.slice(1)).toString('latin1')));
  }

  /** Whether an entry that the layers below lack is only such a place. What is in a directory counts all the same. */
  has(path: LayerPath, status: FileStatus): boolean {
    if (!this.#paths.has(path)) return false;
    return isDirectory(status) || (isRegular(status) && status.size === 0);
  }
}
