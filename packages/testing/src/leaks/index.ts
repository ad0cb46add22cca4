export { findLeaks, leaks } from './leaks.js';
export type { Leak, LeakKind, LeakScope } from './scope.js';
export { sweep } from './sweep.js';
