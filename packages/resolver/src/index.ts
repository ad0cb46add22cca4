export { runResolver } from './main.js';
