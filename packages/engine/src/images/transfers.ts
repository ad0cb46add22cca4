import type { Images } from '@wharf/core';
import type { ContentStore } from '../content/content.js';
import type { Layers } from '../layers/layers.js';
import { Semaphore } from '../concurrency/semaphore.js';
import type { PackPort, UnpackPort } from '../layers/ports.js';
import type { State } from '../state/state.js';
import type { ArchivePort } from './archive-port.js';
import type { Claims } from './claims.js';
import { convertImage } from './convert.js';
import { diffImages } from './diff.js';
import type { ImageDocuments } from './documents.js';
import { importImage } from './import.js';
import { loadImages } from './load/load.js';
import type { RegistryPort, RegistryWritePort } from './ports.js';
import { pushImages } from './push/push.js';
import type { ImageRecords } from './records.js';
import type { RoomDependencies } from './room.js';
import { saveImages } from './save/save.js';
import type { TransferRecords } from './transfer-records.js';
import type { ImageUse } from './use.js';
import { verifyImage } from './verify/verify.js';

/** What moving images in and out needs. */
export interface TransferDependencies extends RoomDependencies {
  readonly state: State;
  readonly content: ContentStore;
  readonly layers: Layers;
  readonly records: ImageRecords;
  readonly documents: ImageDocuments;
  readonly claims: Claims;
  readonly use: ImageUse;
  readonly transfers: TransferRecords;
  readonly archives: ArchivePort;
  readonly pack: PackPort;
  readonly unpack: UnpackPort;
  readonly registry: RegistryPort & RegistryWritePort;
  /** Blobs at a time. */
  readonly uploads: number;
}

export type Transfers = Pick<
  Images,
  'save' | 'load' | 'import' | 'push' | 'convert' | 'verify' | 'diff'
>;

/** The verbs by which images come and go. */
export function createTransfers(deps: TransferDependencies): Transfers {
  const places = new Semaphore(deps.uploads);
  return {
    push: (ref, options) => pushImages(deps, places, ref, options),
    convert: (ref, name, options) => convertImage(deps, ref, name, options),
    verify: (ref, options) => verifyImage(deps, ref, options),
    diff: (from, to, options) => diffImages(deps, from, to, options),
    save: (refs, options) => saveImages(deps, refs, options),
    load: (archive, options) => loadImages(deps, archive, options),
    import: (archive, options) => importImage(deps, archive, options),
  };
}
