export type { ContainerFilesOptions } from './files.js';
export { createContainerFiles } from './files.js';
export { createImageMountPort } from './image-mounts.js';
