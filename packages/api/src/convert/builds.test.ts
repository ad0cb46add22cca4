import type { BuildSpec } from '@wharf/core';
import { describe, expect, test } from 'vitest';
import { decodeRequest } from '../bounded-reader.js';
import * as wireFrames from '../gen/wharf/v1/build_frames.js';
import * as wireSpec from '../gen/wharf/v1/build_spec.js';
import * as wire from '../gen/wharf/v1/builds.js';
import { limits } from '../limits.js';
import * as arbitraries from '../testing/arbitraries/index.js';
import { roundTrip } from '../testing/round-trip.js';
import {
  cacheMountFromWire,
  cacheMountToWire,
  cacheRecordFromWire,
  cacheRecordToWire,
  pruneCacheFromWire,
  pruneCacheToWire,
} from './build-cache.js';
import { buildFrameFromWire, buildFrameToWire } from './build-frames.js';
import { buildSpecFromWire, buildSpecToWire } from './build-spec.js';
import {
  buildRecordFromWire,
  buildRecordToWire,
  explanationFromWire,
  explanationToWire,
} from './builds.js';

describe('of builds, what goes over the wire comes back as it was:', () => {
  test('spec', () => {
    roundTrip(arbitraries.buildSpec, wireSpec.BuildSpec, buildSpecToWire, buildSpecFromWire);
  });

  test('frame', () => {
    roundTrip(arbitraries.buildFrame, wireFrames.BuildFrame, buildFrameToWire, buildFrameFromWire);
  });

  test('record', () => {
    roundTrip(arbitraries.buildRecord, wire.BuildRecord, buildRecordToWire, buildRecordFromWire);
  });

  test('explanation of a step', () => {
    const codec = wire.StepExplanation;
    roundTrip(arbitraries.stepExplanation, codec, explanationToWire, explanationFromWire);
  });

  test('cache record', () => {
    roundTrip(arbitraries.cacheRecord, wire.CacheRecord, cacheRecordToWire, cacheRecordFromWire);
  });

  test('cache mount', () => {
    roundTrip(arbitraries.cacheMount, wire.CacheMount, cacheMountToWire, cacheMountFromWire);
  });

  test('what is pruned', () => {
    const codec = wire.PruneCacheRequest;
    roundTrip(arbitraries.pruneCacheChoice, codec, pruneCacheToWire, pruneCacheFromWire);
  });
});

describe('the limits of a spec', () => {
  const base = buildSpecFromWire(wireSpec.BuildSpec.decode(Buffer.alloc(0)));
  const sent = (spec: BuildSpec) => {
    const bytes = wireSpec.BuildSpec.encode(buildSpecToWire(spec)).finish();
    return buildSpecFromWire(decodeRequest(wireSpec.BuildSpec, bytes));
  };

  test('a Dockerfile of 1 MiB passes, and a longer one is refused by its sender', () => {
    const dockerfile = '#'.repeat(2 ** 20);
    expect(sent({ ...base, dockerfile }).dockerfile).toBe(dockerfile);
    expect(() => buildSpecToWire({ ...base, dockerfile: `${dockerfile}\n` })).toThrow(
      'the Dockerfile has 1048577 characters, at most 1048576 are allowed',
    );
  });

  test('a secret of 500 KiB passes, and a larger one is refused by both ends without its value', () => {
    const full = { id: 'key', value: Buffer.alloc(limits.secretBytes, 'x') };
    const [got] = sent({ ...base, secrets: [full] }).secrets;
    expect(Buffer.from(got?.value ?? []).equals(full.value)).toBe(true);
    const larger = { id: 'key', value: Buffer.alloc(limits.secretBytes + 1, 'x') };
    const text = /^the secret "key" has 512001 bytes, at most 500 KiB are allowed: mount larger/;
    expect(() => buildSpecToWire({ ...base, secrets: [larger] })).toThrow(text);
    const message = { ...buildSpecToWire(base), secrets: [larger] };
    expect(() => buildSpecFromWire(message)).toThrow(text);
  });

  test('a spec that says nothing is one of a program that wants an ordinary build', () => {
    const spec = buildSpecFromWire(wireSpec.BuildSpec.decode(Buffer.alloc(0)));
    expect(spec).toMatchObject({ provenance: 'none', resources: { network: 'default' } });
    expect('context' in spec).toBe(false);
  });

  test.each([
    { outputs: [{ output: undefined }] },
    { cacheFrom: [{ store: undefined }] },
    { context: { source: undefined } },
    { entitlements: [9] },
  ])('parts without a meaning are refused: %o', (part) => {
    const message = { ...buildSpecToWire(base), ...part };
    expect(() => buildSpecFromWire(message)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});
