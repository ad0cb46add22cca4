export { createSeccomp, type SeccompOptions } from './seccomp.js';
