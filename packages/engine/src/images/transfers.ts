import type { Images } from '@wharf/core';
import type { ContentStore } from '../content/content.js';
import type { Layers } from '../layers/layers.js';
import type { PackPort } from '../layers/ports.js';
import type { State } from '../state/state.js';
import type { ArchivePort } from './archive-port.js';
import type { Claims } from './claims.js';
import type { ImageDocuments } from './documents.js';
import { importImage } from './import.js';
import { loadImages } from './load/load.js';
import type { RegistryWritePort } from './ports.js';
import type { ImageRecords } from './records.js';
import { saveImages } from './save/save.js';
import type { TransferRecords } from './transfer-records.js';

/** What moving images in and out needs. */
export interface TransferDependencies {
  readonly state: State;
  readonly content: ContentStore;
  readonly layers: Layers;
  readonly records: ImageRecords;
  readonly documents: ImageDocuments;
  readonly claims: Claims;
  readonly transfers: TransferRecords;
  readonly archives: ArchivePort;
  readonly pack: PackPort;
  readonly registry: RegistryWritePort;
  /** On the file system of the content store. */
  readonly temporary: string;
  /** Blobs at a time. */
  readonly uploads: number;
}

export type Transfers = Pick<Images, 'save' | 'load' | 'import'>;

/** The verbs by which images come and go. */
export function createTransfers(deps: TransferDependencies): Transfers {
  return {
    save: (refs, options) => saveImages(deps, refs, options),
    load: (archive, options) => loadImages(deps, archive, options),
    import: (archive, options) => importImage(deps, archive, options),
  };
}
