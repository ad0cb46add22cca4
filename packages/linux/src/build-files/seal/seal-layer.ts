import { AT_FDCWD, O_DIRECTORY, O_NOFOLLOW, O_PATH } from '../../../native/constants.js';
import type { Native } from '../../../native/types.js';
import { packLayer } from '../../pack/jobs/layer.js';
import { isOpaque } from '../../pack/tree/attributes.js';
import type { SealedLayer, SealJob } from '../protocol.js';
import { Settler } from './settle.js';
import { removeStubs } from './stubs.js';

/**
 * Makes the upper directory of an overlay that is not mounted a layer and tells its digests, in one walk by descriptors that follows
 * no link; its archive is written where that is asked for, and not brought to the disk.
 */
export async function sealLayer(native: Native, { request }: SealJob): Promise<SealedLayer> {
  const { upper, lower, stubs, epochSeconds, blob } = request;
  const rootFd = native.openat2(AT_FDCWD, upper, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, 0);
  try {
    if (stubs.length > 0) removeFrom(native, rootFd, lower, stubs);
    const settler = new Settler(native, epochSeconds);
    const { compression = 'none', targetFile } = blob ?? {};
    const output = { compression, level: undefined, targetFile, lasting: false };
    const layer = await packLayer(
      { upper, lower, epochSeconds: undefined, stubs: [], output },
      {
        native,
        stopped: () => false,
        onProgress: () => undefined,
        settle: (visit) => settler.settle(visit),
      },
    );
    const opaqueRoot = isOpaque(native, rootFd, Buffer.alloc(0));
    return { size: settler.size, entries: settler.entries, opaqueRoot, layer };
  } finally {
    native.close(rootFd);
  }
}

function removeFrom(
  native: Native,
  rootFd: number,
  lower: readonly string[],
  stubs: readonly string[],
): void {
  const below: number[] = [];
  try {
    for (const path of lower)
      below.push(native.openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, 0));
    removeStubs(native, { rootFd, below }, stubs);
  } finally {
    for (const fd of below) native.close(fd);
  }
}
