import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AttachTaskResponse } from './gen/wharf/shim/v1/task.js';
import { attachOutputPrefix, decodeAttachResponse } from './shim-attach.js';

const stream = fc.constantFrom('stdout' as const, 'stderr' as const);
const sizes = fc.oneof(fc.nat(300), fc.constantFrom(127, 128, 16_383, 16_384, 2_097_152));

test('output is encoded as the generated code does, and read by both', () => {
  fc.assert(
    fc.property(stream, sizes, ($case, size) => {
      const value = Buffer.alloc(size, 7);
      const ours = Buffer.concat([attachOutputPrefix($case, size), value]);
      const theirs = AttachTaskResponse.encode({ frame: { $case, value } }).finish();
      expect(ours.equals(theirs)).toBe(true);
      const back = decodeAttachResponse(ours);
      expect(back?.$case).toBe($case);
      expect(Buffer.from(back?.value as Uint8Array).equals(value)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('arbitrary bytes mean the same to both decoders', () => {
  const normal = (frame: unknown) => JSON.stringify(frame);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      let expected: unknown;
      try {
        expected = AttachTaskResponse.decode(bytes).frame;
      } catch {
        return;
      }
      const got = decodeAttachResponse(bytes);
      const value = got?.value instanceof Uint8Array ? Buffer.from(got.value) : got?.value;
      expect(normal(got && { ...got, value })).toBe(normal(expected));
    }),
    { numRuns: 2000 },
  );
});
