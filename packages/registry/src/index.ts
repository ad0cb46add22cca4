export { createRegistry } from './registry.js';
export type { Registry } from './registry.js';
export { defaultLimits } from './config.js';
export type {
  ConfiguredCredentials,
  MirrorFailure,
  RegistryConfig,
  RegistryHostConfig,
  RegistryLimits,
} from './config.js';
export { referrersTag } from './ask/referrers.js';
export { parseMirror } from './net/mirrors.js';
export { parseCidr } from './net/nets.js';
export { parsePlace } from './net/prefixes.js';
export { Proxies, proxyFromEnv } from './net/proxy.js';
export type { ProxyConfig } from './net/proxy.js';
export { serveRegistry } from './serve/serve.js';
export type { RegistryServer, ServeRegistryOptions } from './serve/serve.js';
