import type { Layers } from '../../layers/layers.js';
import type { BaseImages } from '../base-images.js';
import type { BaseLayers } from '../base/base-layers.js';
import type { OpTools } from '../dependencies.js';
import type { AgentSocketPort, BuildFilePort, SourcePort, TreePort } from '../ports.js';
import type { StepRunner } from '../step-runner.js';

/** What executors work with. */
export interface OpDependencies extends OpTools {
  /** <data-root>/builds */
  readonly root: string;
  readonly trees: TreePort;
  readonly files: BuildFilePort;
  readonly sources: SourcePort;
  readonly agents: AgentSocketPort;
  readonly steps: StepRunner;
  readonly layers: Pick<Layers, 'find' | 'directories' | 'adopt'>;
  readonly baseImages: BaseImages;
  readonly baseLayers: BaseLayers;
}
