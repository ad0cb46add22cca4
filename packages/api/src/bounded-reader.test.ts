import fc from 'fast-check';
import { isWharfError } from '@wharf/core';
import { describe, expect, test } from 'vitest';
import { decodeRequest } from './bounded-reader.js';
import { containerSpecFromWire } from './convert/container-spec.js';
import { containerFromWire } from './convert/containers.js';
import {
  Container,
  ContainerSpec,
  CreateContainerRequest,
  KillContainerRequest,
} from './gen/wharf/v1/containers.js';
import { limits } from './limits.js';

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'ok';
  } catch (error) {
    return isWharfError(error) ? error.code : `not ours: ${String(error)}`;
  }
}

describe('hostile requests are refused as invalid-argument (A-02, A-08, A-15):', () => {
  const decodeKill = (hex: string) => decodeRequest(KillContainerRequest, Buffer.from(hex, 'hex'));

  test.each([
    ['text that is not UTF-8', '0a02fffe'],
    ['text with NUL', '0a03610062'],
    ['a cut length', '0a0561'],
    ['a cut varint', '0aff'],
    ['a group that never ends', '1b1b1b1b'],
    ['bytes after a tag of zero', '000a0161'],
    ['10,000 nested groups', '1b'.repeat(10_000)],
  ])('%s', (_, hex) => {
    expect(codeOf(() => decodeKill(hex))).toBe('invalid-argument');
  });

  test('a million empty mounts', () => {
    const mounts = Buffer.from('c20100'.repeat(700_000), 'hex');
    expect(codeOf(() => decodeRequest(ContainerSpec, mounts))).toBe('invalid-argument');
  });

  test('more environment than is allowed', () => {
    const spec = ContainerSpec.create({ env: Array<string>(limits.listEntries + 1).fill('a=b') });
    expect(codeOf(() => containerSpecFromWire(spec))).toBe('invalid-argument');
  });

  test('one text of more than a mebibyte', () => {
    const spec = ContainerSpec.encode(
      ContainerSpec.create({ env: [`A=${'x'.repeat(limits.textLength)}`] }),
    );
    expect(codeOf(() => decodeRequest(ContainerSpec, spec.finish()))).toBe('invalid-argument');
  });

  test.each([
    ['memory of -1', { resources: { memoryBytes: -1n } }],
    ['memory and swap of -2', { resources: { memorySwapBytes: -2n } }],
    ['a limit of -2 processes', { resources: { pidsLimit: -2n } }],
    ['a score of 1001', { resources: { oomScoreAdj: 1001 } }],
    ['a grace of -2 seconds', { stopTimeoutSeconds: -2 }],
    ['an unknown restart policy', { restart: { kind: 77 } }],
    ['a mount of no kind', { mounts: [{ target: '/x' }] }],
    ['a mode of five octal digits', { mounts: [{ kind: 3, tmpfsMode: 0o10000 }] }],
    ['a tmpfs of -1 bytes', { mounts: [{ kind: 3, tmpfsSizeBytes: -1n }] }],
  ])('%s', (_, fields) => {
    const spec = ContainerSpec.create(fields);
    expect(codeOf(() => containerSpecFromWire(spec))).toBe('invalid-argument');
  });
});

test('unknown fields are ignored and absent parts get their defaults', () => {
  const bytes = Buffer.concat([
    CreateContainerRequest.encode({ spec: ContainerSpec.create({ image: 'busybox' }) }).finish(),
    Buffer.from('f8070a', 'hex'),
  ]);
  const { spec } = decodeRequest(CreateContainerRequest, bytes);
  const domain = containerSpecFromWire(spec ?? ContainerSpec.create({}));
  expect(domain.restart).toEqual({ kind: 'no', maximumRetryCount: 0 });
  expect(domain.resources.memory).toBe(0n);
});

test('whatever the bytes, the answer is a message or invalid-argument', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const code = codeOf(() => containerFromWire(decodeRequest(Container, bytes)));
      expect(['ok', 'invalid-argument']).toContain(code);
    }),
    { numRuns: 2000 },
  );
});
