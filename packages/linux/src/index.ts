export * from './unpack/index.js';
export { createArchives } from './archive/archive.js';
export * from './pack/index.js';
export * from './files/index.js';
export * from './base-images/base-images.js';
export * from './shim-driver/index.js';
export * from './seccomp/index.js';
export * from './host/index.js';
export * from './runtimes/index.js';
