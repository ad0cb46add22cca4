export * from './unpack/index.js';
export * from './base-images/base-images.js';
export * from './shim-driver/index.js';
export * from './seccomp/index.js';
