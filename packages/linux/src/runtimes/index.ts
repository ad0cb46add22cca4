export { findRuntimes, type Runtimes, type RuntimesOptions } from './runtimes.js';
