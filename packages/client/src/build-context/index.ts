export { openBuildContext } from './open-context.js';
export type { BuildContext, BuildContextOptions } from './open-context.js';
