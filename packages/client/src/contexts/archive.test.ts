import { isWharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packContext, unpackContext } from './archive.js';

describe('archives', () => {
  const context = {
    name: 'a',
    description: 'd',
    host: 'tcp://h:1',
    serverName: 'n',
    verify: false,
    tls: { ca: 'x'.repeat(513), key: 'k' },
  };

  test('come back as they were, under another name', () => {
    expect(unpackContext(packContext(context), 'b')).toEqual({ ...context, name: 'b' });
  });

  test('damaged ones are refused or read, and nothing else happens', () => {
    const packed = packContext(context);
    fc.assert(
      fc.property(fc.nat(packed.length), fc.uint8Array({ maxLength: 16 }), (at, bytes) => {
        const broken = Buffer.from(packed);
        broken.set(bytes.subarray(0, Math.max(0, broken.length - at)), at);
        try {
          unpackContext(broken.subarray(0, broken.length - bytes.length), 'b');
        } catch (thrown) {
          expect(isWharfError(thrown) && thrown.code).toBe('invalid-argument');
        }
      }),
    );
  });

  test('nothing, anything and zeros are none', () => {
    for (const text of ['', 'x'.repeat(100), '\0'.repeat(1024)])
      expect(() => unpackContext(Buffer.from(text), 'b')).toThrow('not an exported context');
  });
});
