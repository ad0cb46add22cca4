export { createTreeStore } from './tree-store.js';
export type { TreeStoreOptions } from './tree-store.js';
