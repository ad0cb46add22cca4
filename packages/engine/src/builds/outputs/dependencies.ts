import type { FilePort } from '../../containers/file-ports.js';
import type { TransferDependencies } from '../../images/transfers.js';
import type { Layers } from '../../layers/layers.js';
import type { BaseLayers } from '../base/base-layers.js';
import type { OpTools } from '../dependencies.js';
import type { LayerDependencies } from '../ops/layer.js';
import type { ExportContext, OutputFrame, SolvedPlan } from '../outputs.js';
import type { MadePlatform } from './image/made.js';

/** A manifest that says something about an image, for its index. */
export interface Attestation {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What makes images, archives and files of results. */
export interface OutputDependencies
  extends
    Pick<
      TransferDependencies,
      | 'state'
      | 'content'
      | 'records'
      | 'documents'
      | 'transfers'
      | 'archives'
      | 'registry'
      | 'temporary'
      | 'uploads'
    >,
    Pick<OpTools, 'scratch'> {
  readonly layers: TransferDependencies['layers'] & Pick<Layers, 'settle'>;
  readonly pack: TransferDependencies['pack'];
  readonly files: LayerDependencies['files'];
  readonly trees: LayerDependencies['trees'];
  readonly baseLayers: BaseLayers;
  readonly fileAccess: Pick<FilePort, 'packRoot'>;
  /** Provenance and lists of packages; their blobs are in the store and held when it resolves. */
  readonly attest?: (
    image: MadePlatform,
    solved: SolvedPlan,
    context: ExportContext,
  ) => Promise<readonly Attestation[]>;
  /** `cacheTo`, whose first frame has the index behind the last output. */
  readonly exportCache?: (
    context: ExportContext,
    firstIndex: number,
  ) => AsyncGenerator<OutputFrame, void, undefined>;
}
