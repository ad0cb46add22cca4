export type * from './types.js';
export { loadNative } from './load.js';
export * from './constants.js';
export * from './signals.js';
export * from './identity.js';
export * from './cgroups.js';
export { layerOptions } from './layer-options.js';
export * from './ensure-path.js';
