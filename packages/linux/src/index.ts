export * from './unpack/index.js';
export * from './base-images/base-images.js';
