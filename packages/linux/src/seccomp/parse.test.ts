import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseProfile } from './parse.js';
import { isAtLeast, resolveProfile } from './resolve.js';

const here = { capabilities: ['CAP_CHOWN'], architecture: 'amd64', kernelVersion: '6.1.0-13' };
const rule = (more: object) => ({ names: ['read'], action: 'SCMP_ACT_ALLOW', ...more });
const resolved = (syscalls: object[]) =>
  resolveProfile(parseProfile(JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO', syscalls })), here)
    .syscalls;

test('rules count when all that they ask for is there and nothing that they exclude', () => {
  expect(resolved([rule({})])).toHaveLength(1);
  expect(resolved([rule({ includes: { caps: ['CAP_CHOWN'] } })])).toHaveLength(1);
  expect(resolved([rule({ includes: { caps: ['CAP_CHOWN', 'CAP_BPF'] } })])).toEqual([]);
  expect(resolved([rule({ excludes: { caps: ['CAP_CHOWN', 'CAP_BPF'] } })])).toEqual([]);
  expect(resolved([rule({ includes: { arches: ['arm64', 'amd64'] } })])).toHaveLength(1);
  expect(resolved([rule({ excludes: { arches: ['amd64'] } })])).toEqual([]);
  expect(resolved([rule({ includes: { minKernel: '6.2' } })])).toEqual([]);
  expect(resolved([rule({ excludes: { minKernel: '4.8' } })])).toEqual([]);
});

test('kernel versions are compared as numbers', () => {
  expect(isAtLeast('6.18.44-fc', '6.2')).toBe(true);
  expect(isAtLeast('5.10', '4.19')).toBe(true);
  expect(isAtLeast('4.8', '4.8')).toBe(true);
  expect(isAtLeast('4.8', '4.10')).toBe(false);
  expect(isAtLeast('unknown', '4.8')).toBe(false);
});

test.each([
  ['', /decoding seccomp profile failed/],
  ['[]', /must be an object/],
  ['{}', /defaultAction/],
  ['{"defaultAction":"SCMP_ACT_NOTIFY"}', /not supported/],
  ['{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/x"}', /listenerPath/],
  ['{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":4096}', /defaultErrnoRet/],
  [
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a b"],"action":"SCMP_ACT_ALLOW"}]}',
    /names/,
  ],
  [
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a"],"name":"b","action":"SCMP_ACT_ALLOW"}]}',
    /exclude/,
  ],
  [
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a"],"action":"SCMP_ACT_ALLOW","args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}]}]}',
    /index/,
  ],
  ['{"defaultAction":"SCMP_ACT_ALLOW","defaultAction":"SCMP_ACT_ALLOW"}', /duplicate/],
])('%s is refused', (text, message) => {
  expect(() => parseProfile(text)).toThrow(message);
});

test('whatever the text, the answer is a profile or invalid-argument', () => {
  const json = fc.json({ maxDepth: 4 });
  const shaped = fc
    .record({
      defaultAction: fc.constantFrom('SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'x'),
      syscalls: fc.array(
        fc.record(
          {
            names: fc.array(fc.string({ maxLength: 8 })),
            action: fc.constantFrom('SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', ''),
            args: fc.array(fc.record({ index: fc.integer(), value: fc.double(), op: fc.string() })),
            includes: fc.dictionary(fc.string(), fc.array(fc.string())),
          },
          { requiredKeys: [] },
        ),
      ),
    })
    .map((value) => JSON.stringify(value));
  fc.assert(
    fc.property(fc.oneof(fc.string(), json, shaped), (text) => {
      try {
        const profile = parseProfile(text);
        expect(resolveProfile(profile, here).defaultAction).toMatch(/^SCMP_ACT_/);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/invalid-argument|exhausted/) });
      }
    }),
  );
});
