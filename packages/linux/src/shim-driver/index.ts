export { createShimDriver } from './shim-driver.js';
export type { RuntimeEntry, ShimDriverOptions } from './options.js';
