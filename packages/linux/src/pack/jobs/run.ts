import { CancelledError } from '@wharf/core';
import type { Native } from '../../../native/types.js';
import { errnoOf, faultOf } from '../../unpack/apply/faults.js';
import { compare } from '../compare/compare.js';
import { Layers } from '../compare/merged.js';
import { Stubs } from '../compare/stubs.js';
import { layerChunks } from '../layer/pack-layer.js';
import type { PackedTree } from '../tree/pack-tree.js';
import { changesAtOnce, encodeChanges } from './encode-changes.js';
import { identify } from './identify.js';
import type { FromPacker, PackTask, StoredLayer } from './protocol.js';
import { recompress } from './recompress.js';
import { store } from './store.js';
import type { JobIo } from './store.js';

export interface PackIo extends JobIo {
  readonly native: Native;
  readonly answer: (message: FromPacker) => void;
}

/** Does one task on the calling thread, which is blocked most of the time. */
export async function runTask(task: PackTask, io: PackIo): Promise<void> {
  switch (task.kind) {
    case 'layer':
      io.answer({ kind: 'packed', result: await packLayer(task, io) });
      break;
    case 'recompress': {
      const result = await recompress(task.blobPath, task.from, task.output, io);
      io.answer({ kind: 'packed', result });
      break;
    }
    case 'identify': {
      const result = await identify(task.path, task.targetFile, io);
      io.answer({ kind: 'identified', result });
      break;
    }
    case 'compare':
      compareStacks(task, io);
  }
}

type Task<Kind extends PackTask['kind']> = Extract<PackTask, { readonly kind: Kind }>;

async function packLayer(task: Task<'layer'>, io: PackIo): Promise<StoredLayer> {
  const { native } = io;
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

function compareStacks(task: Task<'compare'>, io: PackIo): void {
  const { native } = io;
  using layers = new Layers(native);
  const changes = compare({
    native,
    from: openLayers(layers, task.from),
    to: openLayers(layers, task.to),
    times: task.times,
    details: task.details,
    stubs: new Stubs(task.stubs),
    stopped: () => check(io),
  });
  for (let at = 0; at < changes.length; at += changesAtOnce) {
    const bytes = encodeChanges(changes.slice(at, at + changesAtOnce));
    io.answer({ kind: 'changes', bytes });
  }
  io.answer({ kind: 'compared' });
}

function openLayers(layers: Layers, paths: readonly string[]): ReturnType<Layers['open']> {
  try {
    return layers.open(paths);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    throw faultOf(error, Buffer.from(paths.join(':')).toString('latin1'), 'opened');
  }
}

function check(io: JobIo): void {
  if (io.stopped()) throw new CancelledError();
}
