import { InvalidArgumentError } from '@wharf/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  contains,
  formatAddress,
  formatCidr,
  overlaps,
  parseAddress,
  parseCidr,
} from './address.js';
import { Allocator, pickSubnet, readPool } from './ipam.js';

const pool = (subnet: string, more: object = {}) =>
  readPool({ subnet, ipRange: '', gateway: '', auxAddresses: {}, ...more });

const take = (allocator: Allocator, count: number): string[] =>
  Array.from({ length: count }, () => formatAddress(allocator.allocate()));

test('the gateway is the first address, containers get the next ones', () => {
  const found = pool('10.1.0.0/24');
  expect(formatAddress(found.gateway)).toBe('10.1.0.1');
  expect(take(new Allocator(found), 2)).toEqual(['10.1.0.2', '10.1.0.3']);
});

test('an IPv6 subnet has no broadcast address', () => {
  expect(take(new Allocator(pool('fd00::/126')), 2)).toEqual(['fd00::2', 'fd00::3']);
});

test('a range limits what is given, not what may be asked for', () => {
  const allocator = new Allocator(
    pool('10.1.0.0/16', { ipRange: '10.1.5.0/30', gateway: '10.1.0.9' }),
  );
  allocator.claim(parseAddress('10.1.77.7'));
  expect(take(allocator, 4)).toEqual(['10.1.5.0', '10.1.5.1', '10.1.5.2', '10.1.5.3']);
  expect(() => allocator.allocate()).toThrow(/no available addresses/);
});

test('an address that was given back comes last', () => {
  const allocator = new Allocator(pool('10.1.0.0/29'));
  const [first = ''] = take(allocator, 1);
  allocator.release(parseAddress(first));
  expect(take(allocator, 5)).toEqual(['10.1.0.3', '10.1.0.4', '10.1.0.5', '10.1.0.6', first]);
});

test('taken, reserved and foreign addresses are refused', () => {
  const allocator = new Allocator(pool('10.1.0.0/24', { auxAddresses: { printer: '10.1.0.50' } }));
  allocator.claim(parseAddress('10.1.0.9'));
  for (const text of ['10.1.0.9', '10.1.0.1', '10.1.0.0', '10.1.0.255', '10.1.0.50'])
    expect(() => allocator.claim(parseAddress(text))).toThrow(/already in use/);
  expect(() => allocator.claim(parseAddress('10.2.0.9'))).toThrow(/does not belong/);
});

test.each([
  [{ subnet: '10.1.0.0/32' }, /too small/],
  [{ subnet: 'nonsense' }, /invalid subnet/],
  [{ subnet: '10.1.0.0/24', ipRange: '10.2.0.0/28' }, /invalid ip-range/],
  [{ subnet: '10.1.0.0/24', gateway: '10.2.0.1' }, /invalid gateway/],
  [{ subnet: '10.1.0.0/24', auxAddresses: { a: 'fd00::1' } }, /invalid aux-address/],
])('%j is refused', (asked, message) => {
  const act = () => pool(asked.subnet, asked);
  expect(act).toThrow(InvalidArgumentError);
  expect(act).toThrow(message);
});

test('whatever is given and given back, no two have the same address and none is reserved', () => {
  const steps = fc.array(fc.oneof(fc.constant('take' as const), fc.nat(20)), { maxLength: 200 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 26, max: 30 }), (plan, length) => {
      const found = pool(`10.9.0.0/${length}`);
      const allocator = new Allocator(found);
      const held: bigint[] = [];
      for (const step of plan) {
        if (step === 'take') {
          if (held.length === 2 ** (32 - length) - 3) continue;
          const { value } = allocator.allocate();
          expect(held).not.toContain(value);
          expect(found.reserved.has(value)).toBe(false);
          held.push(value);
        } else {
          const [value] = held.splice(step % Math.max(1, held.length), 1);
          if (value !== undefined) allocator.release({ family: 4, value });
        }
      }
      expect(allocator.inUse).toBe(held.length);
    }),
  );
});

test('a new subnet overlaps with nothing that is there', () => {
  const taken = fc.array(
    fc
      .tuple(fc.ipV4(), fc.integer({ min: 8, max: 30 }))
      .map(([address, length]) => parseCidr(`${address}/${length}`)),
    { maxLength: 30 },
  );
  const block = { base: '10.200.0.0/13', size: 24 };
  fc.assert(
    fc.property(taken, (others) => {
      fc.pre(
        !others.some((other) => overlaps(other, parseCidr(block.base)) && other.prefixLength < 14),
      );
      const found = pickSubnet([block], 4, others);
      expect(others.some((other) => overlaps(other, found))).toBe(false);
      expect(contains(parseCidr(block.base), { family: 4, value: found.base })).toBe(true);
      expect(found.prefixLength).toBe(24);
    }),
  );
});

test('subnets are cut in order and end', () => {
  const block = { base: '10.0.0.0/23', size: 24 };
  const first = pickSubnet([block], 4, []);
  const second = pickSubnet([block], 4, [first]);
  expect([first, second].map(formatCidr)).toEqual(['10.0.0.0/24', '10.0.1.0/24']);
  expect(() => pickSubnet([block], 4, [first, second])).toThrow(/fully subnetted/);
});
