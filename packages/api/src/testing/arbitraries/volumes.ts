import fc from 'fast-check';
import type { Volume, VolumeEntry, VolumeSpec } from '@wharf/core';
import { flag, labels, record, size, text, texts, time } from './values.js';

export const volumeSpec: fc.Arbitrary<VolumeSpec> = fc.record({
  name: text,
  driver: text,
  driverOptions: labels,
  labels,
});

export const volume: fc.Arbitrary<Volume> = record<Volume, Exclude<keyof Volume, 'size'>>(
  {
    name: text,
    driver: text,
    createdAt: time,
    labels,
    driverOptions: labels,
    mountpoint: text,
    scope: fc.constantFrom('local', 'global'),
    anonymous: flag,
    status: labels,
    usedBy: texts,
    snapshots: fc.array(fc.record({ name: text, createdAt: time }), { maxLength: 2 }),
  },
  { size },
);

export const volumeEntry: fc.Arbitrary<VolumeEntry> = fc.record({
  path: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  digest: text,
});
