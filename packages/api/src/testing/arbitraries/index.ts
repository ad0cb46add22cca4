/** Values of the domain for round trips; an optional field is absent or set, never undefined. */

export { containerId, execId, containerName } from './values.js';
export { healthcheck } from './healthcheck.js';
export { endpointSpec, networkEndpoint } from './networking.js';
export { containerSpec } from './container-spec.js';
export { containerState, container, containerStats } from './containers.js';
export { processSpec, process } from './processes.js';
export { image } from './images.js';
export { watchQuery, eventFrame } from './events.js';
export { logQuery, logRecord } from './logs.js';
export { version, info } from './system.js';
export { networkSpec, network } from './networks.js';
export { volumeSpec, volume, volumeEntry } from './volumes.js';
export { buildSpec } from './build-spec.js';
export { buildFrame } from './build-frames.js';
export { buildRecord, stepExplanation } from './builds.js';
export { cacheRecord, cacheMount, pruneCacheChoice } from './build-cache.js';
