export * from './fake-registry/index.js';
