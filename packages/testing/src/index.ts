export * from './cli.js';
export * from './daemon.js';
export * from './dist.js';
export * from './fake-clock.js';
export * from './fake-registry/index.js';
export * from './leaks/index.js';
export * from './run.js';
export * from './temp-dir.js';
