import fc from 'fast-check';
import type { SystemInfo, VersionInfo } from '@wharf/core';
import { flag, labels, natural, size, text, texts, time, word } from './values.js';

export const version: fc.Arbitrary<VersionInfo> = fc.record({
  version: text,
  apiVersion: text,
  gitCommit: text,
  buildTime: text,
  os: text,
  architecture: text,
  kernelVersion: text,
  components: fc.array(fc.record({ name: text, version: text, details: labels }), { maxLength: 2 }),
});

export const info: fc.Arbitrary<SystemInfo> = fc.record({
  id: text,
  name: text,
  containers: natural,
  containersRunning: natural,
  containersPaused: natural,
  containersStopped: natural,
  images: natural,
  version: text,
  storageDriver: text,
  cgroupVersion: text,
  cgroupDriver: text,
  kernelVersion: text,
  operatingSystem: text,
  osType: text,
  architecture: text,
  cpus: natural,
  memory: size,
  dataRoot: text,
  execRoot: text,
  runtimes: fc.array(
    fc.record({ name: text, path: text, version: text, isDefault: flag, problem: text }),
    { maxLength: 2 },
  ),
  securityOptions: texts,
  degraded: fc.array(fc.record({ what: text, why: text }), { maxLength: 2 }),
  recovery: texts,
  counters: fc
    .array(fc.tuple(word, fc.maxSafeNat()), { maxLength: 3 })
    .map((entries) =>
      Object.assign(Object.create(null) as Record<string, number>, Object.fromEntries(entries)),
    ),
  systemTime: time,
  logDriver: text,
  initPath: text,
});
