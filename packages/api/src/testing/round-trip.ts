import fc from 'fast-check';
import { expect } from 'vitest';
import { decodeRequest } from '../bounded-reader.js';
import type { MessageCodec } from '../methods.js';

/** What is written and read again, as a server reads it, is what it was. */
export function roundTrip<D, W>(
  arbitrary: fc.Arbitrary<D>,
  codec: MessageCodec<W>,
  toWire: (value: D) => W,
  fromWire: (message: W) => D,
): void {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const bytes = codec.encode(toWire(value)).finish();
      expect(fromWire(decodeRequest(codec, bytes))).toEqual(value);
    }),
    { numRuns: 60 },
  );
}
