export type * from './types.js';
export { loadNative } from './load.js';
