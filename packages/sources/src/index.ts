export { createSources } from './sources.js';
export { defaultSourceLimits } from './config.js';
export type { ProxyFinder, SourceLimits, SourcesConfig } from './config.js';
export { AllowList } from './net/allow-list.js';
