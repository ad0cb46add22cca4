export { createNamePort, type NamePortOptions } from './names.js';
