export { createRegistry } from './registry.js';
export type { Registry } from './registry.js';
export { defaultLimits } from './config.js';
export type { RegistryConfig, RegistryHostConfig, RegistryLimits } from './config.js';
export { proxyFromEnv } from './net/proxy.js';
export type { ProxyConfig } from './net/proxy.js';
