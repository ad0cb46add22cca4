export { createVolumePort } from './volume-port.js';
