export type { BuildFilesOptions } from './build-files.js';
export { createBuildFiles } from './build-files.js';
