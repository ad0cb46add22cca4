import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isWharfError } from '@wharf/core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseFlags } from '../flags.js';
import { loadConfig } from './load.js';
import { addressPool } from './network-flags.js';
import { defaultNetwork, networkSlice } from './network-slice.js';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(`${tmpdir()}/wharfd-network-`);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function load(toml: string, ...flags: string[]) {
  const file = `${dir}/wharfd.toml`;
  await writeFile(file, toml);
  return loadConfig(parseFlags(['--config-file', file, ...flags]));
}

test('without a word networks are as docker has them, but for their addresses', async () => {
  const config = await load('');
  expect(networkSlice(config)).toMatchObject({
    bridge: 'wharf0',
    bip: '',
    mtu: 0,
    icc: true,
    publishAddress: '',
    publishScope: 'any',
    hostGateway: '',
    hostNames: false,
    bridgePorts: 1000,
  });
  expect(networkSlice(config).pools).toEqual([{ base: '10.200.0.0/13', size: 24 }]);
  expect(defaultNetwork(config)).toBe('bridge');
});

test('flags and file say the same', async () => {
  const fromFlags = await load(
    '',
    ...['--bridge', 'br-test', '--bip', '10.9.0.1/24', '--mtu', '1400', '--icc=false'],
    ...['--default-address-pool', 'base=10.200.0.0/16,size=24'],
    ...['--dns', '9.9.9.9', '--dns-search', 'example.com', '--dns-opt', 'ndots:2'],
    ...['--host-names', '127.9.9.9:5353'],
    ...['--ip', '127.0.0.1', '--publish-scope', 'lan', '--default-network', 'front'],
    ...['--host-gateway-ip', '10.9.0.1', '--host-gateway-ip', 'fd00::1'],
  );
  const fromFile = await load(`
    bridge = "br-test"
    bip = "10.9.0.1/24"
    mtu = 1400
    icc = false
    dns = ["9.9.9.9"]
    dns-search = ["example.com"]
    dns-opts = ["ndots:2"]
    ip = "127.0.0.1"
    publish-scope = "lan"
    host-names = "127.9.9.9:5353"
    default-network = "front"
    host-gateway-ips = ["10.9.0.1", "fd00::1"]
    [[default-address-pools]]
    base = "10.200.0.0/16"
    size = 24
  `);
  expect(networkSlice(fromFlags)).toEqual(networkSlice(fromFile));
  expect(networkSlice(fromFile)).toEqual({
    bridge: 'br-test',
    bip: '10.9.0.1/24',
    pools: [{ base: '10.200.0.0/16', size: 24 }],
    mtu: 1400,
    publishAddress: '127.0.0.1',
    publishScope: 'lan',
    icc: false,
    dns: ['9.9.9.9'],
    dnsSearch: ['example.com'],
    dnsOptions: ['ndots:2'],
    hostGateway: '10.9.0.1,fd00::1',
    hostNames: true,
    bridgePorts: 1000,
  });
  expect(defaultNetwork(fromFile)).toBe('front');
});

test('without a default bridge containers that name no network have none', async () => {
  expect(defaultNetwork(await load('', '--bridge', 'none'))).toBe('none');
});

test.each([
  ['--bridge', 'a/b', 'must be a name of an interface'],
  ['--bridge', 'sixteen-is-too-ma', 'must be a name of an interface'],
  ['--bip', '10.0.0.1', 'must be like 172.20.0.1/16'],
  ['--default-address-pool', 'base=10.0.0.0/16,size=8', 'size must be a prefix length'],
  ['--default-address-pool', 'base=10.0.0.0,size=24', 'base must be a cidr'],
  ['--default-address-pool', 'base=10.0.0.0/16,size=31', 'room for two addresses'],
  ['--default-address-pool', 'size=24', 'must be base=CIDR,size=LENGTH'],
  ['--default-address-pool', 'x=24', "unexpected key 'x' in 'x=24'"],
  ['--dns', 'x', 'must be an ip address'],
  ['--mtu', '10', 'must be 0 or from 68 to 65535'],
  ['--ip', '1', 'must be an ip address'],
  ['--publish-scope', 'x', 'publish-scope'],
  ['--host-names', '10.0.0.1:53', 'host-names'],
  ['--host-names', '0.0.0.0:53', 'host-names'],
  ['--host-names', '127.0.0.1', 'host-names'],
  ['--default-network', 'a b', 'must be a name of a network'],
])('%s %s is refused', async (flag, value, why) => {
  await expect(load('', flag, value)).rejects.toThrow(why);
});

test('whatever a pool is, it is read or refused with an error of ours', () => {
  const words = fc.constantFrom('base=', 'size=', ',', '=', '10.0.0.0/8', '24', ' ');
  const text = fc.oneof(
    fc.string(),
    fc.array(words).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (input) => {
      try {
        addressPool(input);
      } catch (thrown) {
        expect(isWharfError(thrown) && thrown.code).toBe('invalid-argument');
      }
    }),
  );
});
