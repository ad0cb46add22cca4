export { createShimDriver, type ShimDriver } from './shim-driver.js';
export type { RuntimeEntry, ShimDriverOptions } from './options.js';
