/** The generated service definitions; their messages are reached through `methodOf`. */
export { ContainerServiceDefinition } from './gen/wharf/v1/containers.js';
export { ProcessServiceDefinition } from './gen/wharf/v1/processes.js';
export { ImageServiceDefinition } from './gen/wharf/v1/images.js';
export { EventServiceDefinition } from './gen/wharf/v1/events.js';
export { SystemServiceDefinition } from './gen/wharf/v1/system.js';
export { ManifestServiceDefinition } from './gen/wharf/v1/manifests.js';
export { RegistryServiceDefinition } from './gen/wharf/v1/registries.js';
export { ContentServiceDefinition } from './gen/wharf/v1/contents.js';
export { NetworkServiceDefinition } from './gen/wharf/v1/networks.js';
export { VolumeServiceDefinition } from './gen/wharf/v1/volumes.js';
export { BuildServiceDefinition } from './gen/wharf/v1/builds.js';
