import type { UnpackPort } from '@wharf/engine';
import type { Unpacker } from '@wharf/linux';

/** The engine's port over the Linux unpacker. */
export function unpackPort(unpacker: Unpacker): UnpackPort {
  return {
    async unpack({ blobPath, compression, diffId, target, lower }, { signal }) {
      return unpacker.unpackLayer(
        { source: { blobPath }, compression, expectedDiffId: diffId, target, lowerDirs: lower },
        { signal },
      );
    },
    settle: ({ target, lower, implied }, options) =>
      unpacker.settle({ target, lowerDirs: lower, implied }, options),
    sync: (directory, options) => unpacker.sync(directory, options),
    removeTree: (path, options) => unpacker.removeTree(path, options),
  };
}
