export { openBuildContext } from './open-context.js';
export { namedStages, type NamedStage } from './stages.js';
export type { BuildContext, BuildContextOptions } from './open-context.js';
