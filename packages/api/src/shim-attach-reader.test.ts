import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AttachTaskResponse } from './gen/wharf/shim/v1/task.js';
import { AttachReader } from './shim-attach-reader.js';
import { encodeFrame, flag, messageType } from './ttrpc/index.js';

type ResponseFrame = NonNullable<AttachTaskResponse['frame']>;

const data = { stream: 1, type: messageType.data, flags: 0 };
const output = fc
  .record({
    $case: fc.constantFrom('stdout' as const, 'stderr' as const),
    value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  })
  .map((frame): ResponseFrame => frame);
const other = fc.constantFrom<ResponseFrame>(
  { $case: 'ready', value: {} },
  { $case: 'end', value: { exitCode: 3 } },
  { $case: 'end', value: {} },
);

test('however the bytes are cut, the output and the other frames come back in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(output, other), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }),
      (frames, cuts) => {
        const bytes = Buffer.concat([
          ...frames.map((frame) =>
            encodeFrame(data, AttachTaskResponse.encode({ frame }).finish()),
          ),
          encodeFrame({ stream: 1, type: messageType.response, flags: 0 }, Buffer.from('end')),
          encodeFrame({ ...data, flags: flag.remoteClosed | flag.noData }),
        ]);
        const reader = new AttachReader();
        const seen: string[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1;
          // A buffer that is used again shows what was kept without a copy.
          const chunk = Buffer.from(bytes.subarray(at, at + size));
          for (const part of reader.push(chunk)) {
            if (part.$case !== 'frame')
              seen.push(...[...part.value].map((b) => `${part.$case} ${b}`));
            else
              seen.push(
                `frame ${part.value.type} ${Buffer.from(part.value.payload).toString('hex')}`,
              );
          }
          chunk.fill(255);
          at += size;
        }
        const expected = frames.flatMap((frame) => {
          if (frame.$case === 'stdout' || frame.$case === 'stderr') {
            return [...frame.value].map((b) => `${frame.$case} ${b}`);
          }
          const hex = Buffer.from(AttachTaskResponse.encode({ frame }).finish()).toString('hex');
          return [`frame 3 ${hex}`];
        });
        const ends = [`frame 2 ${Buffer.from('end').toString('hex')}`, 'frame 3 '];
        expect(seen).toEqual([...expected, ...ends]);
      },
    ),
    { numRuns: 300 },
  );
});
