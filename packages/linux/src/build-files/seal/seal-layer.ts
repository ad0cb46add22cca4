import type { Native } from '../../../native/types.js';
import { packLayer } from '../../pack/jobs/layer.js';
import type { SealedLayer, SealJob } from '../protocol.js';
import { seal } from './seal.js';

/** Makes an upper directory a layer and tells its digests; its archive is written where that is asked for, and not brought to the disk. */
export async function sealLayer(native: Native, job: SealJob): Promise<SealedLayer> {
  const sealed = seal(native, job);
  const { upper, lower, blob } = job.request;
  const { compression = 'none', targetFile } = blob ?? {};
  const output = { compression, level: undefined, targetFile, lasting: false };
  const layer = await packLayer(
    { upper, lower, epochSeconds: undefined, stubs: [], output },
    { native, stopped: () => false, onProgress: () => undefined },
  );
  return { ...sealed, layer };
}
