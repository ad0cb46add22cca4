export type * from './containers/ports.js';
export type * from './images/archive-port.js';
export type * from './images/ports.js';
export type * from './layers/ports.js';
export type * from './containers/file-ports.js';
export type * from './images/mount-port.js';
export type * from './networks/ports.js';
export type * from './volumes/ports.js';
export type { LocalMount } from './volumes/local-options.js';
