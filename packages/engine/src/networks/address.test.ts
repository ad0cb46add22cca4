import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  contains,
  formatAddress,
  formatCidr,
  overlaps,
  parseCidr,
  readAddress,
  readCidr,
} from './address.js';

test('IPv4 text is read and written back', () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      const address = readAddress(text);
      expect(address?.family).toBe(4);
      expect(address && formatAddress(address)).toBe(text);
    }),
  );
});

test('IPv6 text is written as RFC 5952 wants it, which is how URLs have it', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = readAddress(text);
      const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
      expect(address && formatAddress(address)).toBe(canonical);
    }),
  );
});

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '256.1.1.1',
  '1.2.3.-4',
  ' 1.2.3.4',
  '::1%eth0',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  '::12345',
  '::1.2.3',
  '1.2.3.4::',
  'x'.repeat(10_000),
])('%j is no address', (text) => {
  expect(readAddress(text)).toBeUndefined();
});

test('any text is an address or is not, and none is a surprise', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const address = readAddress(text);
      if (address !== undefined) expect(readAddress(formatAddress(address))).toEqual(address);
    }),
  );
});

test('bits behind the prefix are cut off', () => {
  expect(formatCidr(parseCidr('10.1.2.3/16'))).toBe('10.1.0.0/16');
  expect(formatCidr(parseCidr('fd00:1:2:3::9/48'))).toBe('fd00:1:2::/48');
  expect(readCidr('10.0.0.0/33')).toBeUndefined();
  expect(readCidr('10.0.0.0/08')).toBeUndefined();
  expect(readCidr('10.0.0.0')).toBeUndefined();
});

test('two subnets overlap exactly when one has an address of the other', () => {
  const cidr = fc
    .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
    .map(([address, length]) => parseCidr(`${address}/${length}`));
  fc.assert(
    fc.property(cidr, cidr, (a, b) => {
      const shared =
        contains(a, { family: 4, value: b.base }) || contains(b, { family: 4, value: a.base });
      expect(overlaps(a, b)).toBe(shared);
    }),
  );
});
