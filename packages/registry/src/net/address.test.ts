import { describe, expect, test } from 'vitest';
import { LocalAddresses } from './address.js';

const addresses = new LocalAddresses();

describe('local addresses', () => {
  test.each([
    '127.0.0.1',
    '127.255.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::169.254.169.254',
    '2002:7f00:1::1',
    'fd00:ec2::254',
  ])('%s is one', (address) => {
    expect(addresses.has(address)).toBe(true);
  });

  test.each(['1.1.1.1', '10.0.0.1', '192.168.1.1', '2606:4700::1', '64:ff9b::1.1.1.1', 'fd00::1'])(
    '%s is none',
    (address) => {
      expect(addresses.has(address)).toBe(false);
    },
  );

  test('a name is looked up once, and refused when it leads to one', async () => {
    const lookup = addresses.guardedLookup('cdn.example');
    const error = await new Promise<Error | null>((resolve) => {
      lookup('localhost', { all: true }, (failure) => resolve(failure));
    });
    expect(error?.message).toMatch(/^cdn\.example \((127\.0\.0\.1|::1)\) is a local address/);
  });
});
