export { createFakeEngine } from './fake-engine.js';
export type { FakeEngine, FakeEngineOptions, RecordedCall } from './fake-engine.js';
export { createFakeSession } from './fake-session.js';
export type { FakeSession, FakeSessionOptions } from './fake-session.js';
export * from './samples.js';
export * from './build-samples.js';
