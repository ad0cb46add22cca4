import fc from 'fast-check';
import { isWharfError } from '@wharf/core';
import { expect, test } from 'vitest';
import { encodeFrame, flags, FrameReader, frameTypes } from './frames.js';

interface Seen {
  data: Buffer;
  flowed: number;
  ended: boolean;
  others: string[];
}

function read(bytes: Buffer, cuts: readonly number[]): Seen {
  const seen: Seen = { data: Buffer.alloc(0), flowed: 0, ended: false, others: [] };
  const reader = new FrameReader({
    onData(part) {
      seen.data = Buffer.concat([seen.data, part.bytes]);
      seen.flowed += part.flowed;
      seen.ended ||= part.endStream;
    },
    onFrame: ({ type, streamId, payload }) =>
      seen.others.push(`${type} ${streamId} ${payload.toString('hex')}`),
  });
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    reader.push(bytes.subarray(at, Math.max(at, cut)));
    at = Math.max(at, cut);
  }
  reader.push(bytes.subarray(at));
  return seen;
}

const frames = fc.array(
  fc.record({
    data: fc.boolean(),
    payload: fc.uint8Array({ maxLength: 60 }),
    padding: fc.option(fc.nat(40), { nil: undefined }),
  }),
  { maxLength: 8 },
);

test('however a connection is cut, the frames are the same, padding taken off and counted', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(600)), (list, cuts) => {
      const wanted: Seen = { data: Buffer.alloc(0), flowed: 0, ended: true, others: [] };
      const bytes: Buffer[] = [];
      for (const { data, payload, padding } of list) {
        const body =
          padding === undefined
            ? Buffer.from(payload)
            : Buffer.concat([Buffer.of(padding), payload, Buffer.alloc(padding)]);
        const type = data ? frameTypes.data : frameTypes.headers;
        bytes.push(encodeFrame(type, padding === undefined ? 0 : flags.padded, 3, body));
        if (data) {
          wanted.data = Buffer.concat([wanted.data, payload]);
          wanted.flowed += body.length;
        } else {
          wanted.others.push(`${type} 3 ${Buffer.from(payload).toString('hex')}`);
        }
      }
      bytes.push(encodeFrame(frameTypes.data, flags.endStream, 3, Buffer.alloc(0)));
      expect(read(Buffer.concat(bytes), cuts)).toEqual(wanted);
    }),
    { numRuns: 500 },
  );
});

test('whatever the bytes, the answer is frames or data-loss', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        read(Buffer.from(bytes), [7, 50]);
      } catch (error) {
        if (!isWharfError(error)) throw error;
        expect(error.code).toBe('data-loss');
      }
    }),
    { numRuns: 2000 },
  );
});
