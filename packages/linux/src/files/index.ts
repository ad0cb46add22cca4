export type { ContainerFilesOptions } from './files.js';
export { createContainerFiles } from './files.js';
