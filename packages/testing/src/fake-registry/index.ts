export {
  buildImage,
  buildIndex,
  describe as describeBytes,
  digestOf,
  mediaTypes,
} from './images.js';
export type { BuiltImage, ImageInput, LayerCompression } from './images.js';
export { makeTestCert } from './certs.js';
export type { TestCert, TestCertOptions } from './certs.js';
export { startFakeRegistry } from './start.js';
export type { FakeRegistry, FakeRegistryOptions } from './start.js';
export type { FakeSearchResult } from './lists.js';
export type { FakeStore } from './store.js';
export type {
  Behaviour,
  FakeDescriptor,
  FakeTls,
  Fault,
  RecordedRequest,
  RouteKind,
} from './types.js';
