import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildSchema,
  containerSchema,
  createBallast,
  createEvents,
  eventSchema,
  imageMountSchema,
  imageSchema,
  layerSchema,
  leaseSchema,
  manifestListSchema,
  networkSchema,
  openContentStore,
  openLayers,
  openState,
  sweepSpool,
  transferSchema,
  volumeSchema,
  type Ballast,
  type ContentStore,
  type EventLog,
  type Layers,
  type State,
} from '@wharf/engine';
import type { PackPort, UnpackPort } from '@wharf/engine/ports';
import { createUnpacker } from '@wharf/linux';
import { packPort } from '../pack-port.js';
import { unpackPort } from '../unpack-port.js';

export interface Store {
  readonly ballast: Ballast;
  readonly events: EventLog;
  readonly state: State;
  /** Directory for what is being made. */
  readonly temporary: string;
  readonly files: UnpackPort;
  readonly content: ContentStore;
  readonly layers: Layers;
  readonly pack: PackPort;
}

export interface StoreParts {
  readonly dataRoot: string;
  /** Of the addon. */
  readonly nativePath: string;
  /** After each change of a record. */
  readonly onCommitted: () => void;
}

/** What is kept below the data root: records with their events, blobs, and unpacked layers. */
export async function openStore(
  { dataRoot, nativePath, onCommitted }: StoreParts,
  undo: AsyncDisposableStack,
): Promise<Store> {
  const ballast = createBallast(join(dataRoot, 'ballast'));
  const events = createEvents(() => state.db);
  const state = openState({
    path: join(dataRoot, 'state.db'),
    ballast,
    schemas: [
      eventSchema,
      leaseSchema,
      layerSchema,
      imageSchema,
      imageMountSchema,
      containerSchema,
      manifestListSchema,
      transferSchema,
      networkSchema,
      volumeSchema,
      buildSchema,
    ],
    appendEvent: (db, event) => events.append(db, event),
    onCommitted: () => {
      onCommitted();
      events.notify();
    },
  });
  undo.defer(() => state.close());
  const temporary = join(dataRoot, 'tmp');
  await sweepSpool(temporary);
  const workerUrl = new URL('unpack-worker.mjs', import.meta.url);
  const unpacker = undo.use(createUnpacker({ native: nativePath, workerUrl }));
  const files = unpackPort(unpacker);
  const content = await openContentStore(join(dataRoot, 'content'));
  state.noteStrangers('blobs', await content.list());
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const layers = await openLayers(join(dataRoot, 'snapshots'), state, files, bootId);
  const pack = undo.use(packPort(nativePath, workerUrl));
  return { ballast, events, state, temporary, files, content, layers, pack };
}
