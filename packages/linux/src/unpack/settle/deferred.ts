import type { TarTime } from '../../tar/entry.js';
import type { LookBelow } from '../apply/directories.js';
import type { LayerPath } from '../apply/names.js';

/** Directories that are remembered for `settle`; a layer with more is unpacked when the layers below it are there. */
const maxImplied = 65_536;
const maxNameBytes = 8 << 20;

/** The time of a directory that no entry describes, until it is settled. An entry that has it too only asks for the same. */
export const unsettledTime: TarTime = { sec: 314_159_265n, nsec: 358_979_323 };

/** Directories of a layer that shall look as below it, when nothing is known of that yet. */
export class DeferredBelow {
  #paths: LayerPath[] | undefined = [];
  #bytes = 0;

  readonly look: LookBelow = (path) => {
    this.#bytes += path.length;
    this.#paths?.push(path);
    if (this.#bytes > maxNameBytes || (this.#paths?.length ?? 0) > maxImplied)
      this.#paths = undefined;
    return { mode: 0o755, uid: 0, gid: 0, atime: unsettledTime, mtime: unsettledTime };
  };

  /** Real paths, some of which may be described or gone by the end of the layer; `too-many` to remember. */
  get implied(): readonly LayerPath[] | 'too-many' {
    return this.#paths ?? 'too-many';
  }
}
