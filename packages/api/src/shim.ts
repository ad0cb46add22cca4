export * from './gen/wharf/shim/v1/task.js';
export * from './ttrpc/index.js';
