import fc from 'fast-check';
import type { Image } from '@wharf/core';
import { healthcheck } from './healthcheck.js';
import { flag, labels, record, size, text, texts, time } from './values.js';

export const image: fc.Arbitrary<Image> = record<
  Image,
  Exclude<keyof Image, 'createdAt' | 'lastTaggedAt' | 'sharedSize'>
>(
  {
    id: text,
    targetDigest: text,
    targetMediaType: text,
    platforms: fc.array(
      fc.record({
        platform: text,
        kind: fc.constantFrom('image' as const, 'attestation' as const, 'unknown' as const),
        manifestDigest: text,
        imageId: text,
        available: fc.boolean(),
        contentSize: fc.maxSafeNat(),
        size: fc.maxSafeNat(),
        containers: fc.array(text),
      }),
      { maxLength: 3 },
    ),
    contentSize: fc.maxSafeNat(),
    containers: fc.nat(),
    manifestDigest: text,
    manifestMediaType: text,
    repoTags: texts,
    repoDigests: texts,
    size,
    os: text,
    architecture: text,
    variant: text,
    author: text,
    config: record(
      {
        user: text,
        exposedPorts: texts,
        env: texts,
        entrypoint: texts,
        command: texts,
        volumes: texts,
        workdir: text,
        labels,
        stopSignal: text,
        shell: texts,
        onBuild: texts,
      },
      { healthcheck },
    ),
    diffIds: texts,
    history: fc.array(
      record({ createdBy: text, comment: text, emptyLayer: flag }, { createdAt: time }),
      { maxLength: 2 },
    ),
  },
  { createdAt: time, lastTaggedAt: time, sharedSize: size },
);
