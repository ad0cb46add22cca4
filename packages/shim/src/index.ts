export { runShim } from './main.js';
