export { createVolumeDrivers } from './volume-drivers.js';
export { pluginFolders, type PluginFolders } from './discover.js';
