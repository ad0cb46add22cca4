import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader, encodeFrame, maxMessageSize, type Frame } from './frame.js';

const frames = fc.array(
  fc.record({
    stream: fc.nat(0xffff_ffff),
    type: fc.nat(255),
    flags: fc.nat(255),
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 8 },
);

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    parts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return parts;
}

test('frames come out as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      frames,
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (sent, cuts) => {
        const reader = new FrameReader();
        const got: Frame[] = [];
        for (const part of cut(
          Buffer.concat(sent.map((frame) => encodeFrame(frame, frame.payload))),
          cuts,
        )) {
          // The transport reuses its buffer after the call.
          const buffer = new Uint8Array(part);
          for (const frame of reader.push(buffer))
            got.push({ ...frame, payload: new Uint8Array(frame.payload) });
          buffer.fill(0xaa);
        }
        expect(got).toEqual(
          sent.map((frame) => ({ ...frame, payload: new Uint8Array(frame.payload) })),
        );
        expect(reader.torn).toBe(false);
      },
    ),
  );
});

test('arbitrary bytes never hang the reader: frames, or one refusal', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
      const reader = new FrameReader();
      try {
        for (const chunk of chunks) reader.push(chunk);
      } catch (error) {
        expect(error).toMatchObject({ code: 'data-loss' });
      }
    }),
  );
});

test('a header that announces more than the limit is refused before its payload', () => {
  const header = new Uint8Array(10);
  new DataView(header.buffer).setUint32(0, maxMessageSize + 1);
  expect(() => new FrameReader().push(header)).toThrow('over the limit');
});
