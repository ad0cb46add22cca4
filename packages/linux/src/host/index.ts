export { createHost } from './host.js';
export { readHostFacts } from './facts.js';
