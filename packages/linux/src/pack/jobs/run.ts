import type { Native } from '../../../native/types.js';
import { compare } from '../compare/compare.js';
import { Layers } from '../compare/merged.js';
import { Stubs } from '../compare/stubs.js';
import { changesAtOnce, encodeChanges } from './encode-changes.js';
import { identify } from './identify.js';
import { check, openLayers, packLayer } from './layer.js';
import type { FromPacker, PackTask } from './protocol.js';
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
