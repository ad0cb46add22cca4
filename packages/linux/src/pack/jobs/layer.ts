import { CancelledError } from '@wharf/core';
import type { Native } from '../../../native/types.js';
import { errnoOf, faultOf } from '../../unpack/apply/faults.js';
import { Layers } from '../compare/merged.js';
import { Stubs } from '../compare/stubs.js';
import { layerChunks } from '../layer/pack-layer.js';
import type { PackedTree } from '../tree/pack-tree.js';
import type { Visit } from '../tree/walk.js';
import type { PackTask, StoredLayer } from './protocol.js';
import { store } from './store.js';
import type { JobIo } from './store.js';

export type LayerTask = Omit<Extract<PackTask, { readonly kind: 'layer' }>, 'kind'>;

export interface LayerIo extends JobIo {
  readonly native: Native;
  readonly settle?: (visit: Visit) => Visit;
}

/** What an upper directory changes, as a layer, written where the task says. */
export async function packLayer(task: LayerTask, io: LayerIo): Promise<StoredLayer> {
  const { native, settle } = io;
  using layers = new Layers(native);
  const [upper] = openLayers(layers, [task.upper]);
  if (upper === undefined) throw new CancelledError();
  const { epochSeconds } = task;
  const chunks = layerChunks({
    native,
    upper,
    lower: openLayers(layers, task.lower),
    stopped: io.stopped,
    checkStopped: () => check(io),
    stubs: new Stubs(task.stubs),
    ...(settle === undefined ? {} : { settle }),
    ...(epochSeconds === undefined ? {} : { epochSeconds }),
  });
  let packed: PackedTree | undefined;
  const source = (function* () {
    packed = yield* chunks;
  })();
  const stored = await store(source, task.output, io);
  const { entries = 0, leftOut = { sockets: 0, changed: 0, reserved: 0 } } = packed ?? {};
  return { ...stored, entries, leftOut };
}

export function openLayers(layers: Layers, paths: readonly string[]): ReturnType<Layers['open']> {
  try {
    return layers.open(paths);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    throw faultOf(error, Buffer.from(paths.join(':')).toString('latin1'), 'opened');
  }
}

export function check(io: JobIo): void {
  if (io.stopped()) throw new CancelledError();
}
